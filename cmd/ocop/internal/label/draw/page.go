package draw

// Length is a length on paper in micrometres. The origin of a page is its upper left corner; y grows downwards.
type Length int

// Millimetre is a thousand micrometres.
const Millimetre Length = 1000

// Color is 0xRRGGBB.
type Color uint32

// Black and White.
const (
	Black Color = 0x000000
	White Color = 0xffffff
)

// Page is a sheet of paper, white, with items drawn one over the other.
type Page struct {
	Width, Height Length
	Title         string // for those who do not see the page
	Items         []Item
}

// Item is a Shape, Text or Code.
type Item interface{ item() }

// Point is a place on a page.
type Point struct{ X, Y Length }

// Shape is a filled polygon.
type Shape struct {
	Points []Point
	Fill   Color
}

// Align says which point of its baseline a text is placed by.
type Align uint8

// Alignments.
const (
	Start Align = iota
	Middle
	End
)

// Text is a line of text.
type Text struct {
	At     Point // on the baseline
	Align  Align
	Face   Face
	Size   Length // of the em
	Fill   Color
	Rising bool // by 45 degrees, from the lower left
	S      string
}

func (Shape) item() {}
func (Text) item()  {}
func (Code) item()  {}

// Box is a filled rectangle.
func Box(x, y, width, height Length, fill Color) Shape {
	return Shape{[]Point{{x, y}, {x + width, y}, {x + width, y + height}, {x, y + height}}, fill}
}

// Frame is the outline of a rectangle, drawn inside it with lines of that width.
func Frame(x, y, width, height, line Length, fill Color) []Item {
	return []Item{
		Box(x, y, width, line, fill), Box(x, y+height-line, width, line, fill),
		Box(x, y, line, height, fill), Box(x+width-line, y, line, height, fill),
	}
}

// Star is a five-pointed star around a centre, one point up, of that distance from centre to points.
func Star(at Point, radius Length, fill Color) Shape {
	// Corners of a star of radius 1000: tabled, for sines differ among machines in their last digit.
	corners := [...]Point{
		{0, -1000}, {225, -309}, {951, -309}, {363, 118}, {588, 809}, {0, 382}, {-588, 809}, {-363, 118}, {-951, -309}, {-225, -309},
	}
	s := Shape{Fill: fill}
	for _, c := range corners {
		s.Points = append(s.Points, Point{at.X + c.X*radius/1000, at.Y + c.Y*radius/1000})
	}
	return s
}
