package blob

import (
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
)

const (
	// MaxPicture bounds a picture in bytes: a thousand pixels square at a quality that a label needs, loaded in a shop with bad reception.
	MaxPicture = 512 << 10
	// MaxName bounds a name in bytes, as leaves bound those of registers.
	MaxName = 240
	// SaltSize is the size of a salt in bytes. It must not be guessed when the content can be.
	SaltSize = 32
	// MaxFile bounds a container in bytes: a picture and what is around it.
	MaxFile = overhead + maxMedia + MaxPicture

	magic     = "OCOPBLOB"
	version   = 1
	overhead  = len(magic) + 1 + SaltSize + 1 + 4
	maxMedia  = 64
	nameField = "name" // of a commitment: FORMAT §1, since protocol version 1
)

// Blob is a public blob.
type Blob struct {
	Salt    [SaltSize]byte
	Media   string // one of the media types below
	Content []byte
}

// Media types of content. Scalable vector graphics and HTML are programs and not among them.
const (
	JPEG = "image/jpeg"
	PNG  = "image/png"
	WebP = "image/webp"
	Name = "text/plain; charset=utf-8" // the name of an account or product
)

// ID is what leaves call the blob: the commitment to its content under its salt. A name's is the one that protocol version 1 defined; a picture's names
// its media type, so that no bytes are one blob as a picture and another as a text.
func (b *Blob) ID() ledger.Hash {
	field := b.Media
	if field == Name {
		field = nameField
	}
	body := append(make([]byte, 0, SaltSize+2+len(field)+len(b.Content)), b.Salt[:]...)
	body = ledger.AppendBytes16(body, []byte(field))
	return ident.Digest(ident.TypeCommitment, append(body, b.Content...))
}

// IsPicture tells a picture from a name.
func (b *Blob) IsPicture() bool { return b.Media != Name }

// Append appends the container.
func (b *Blob) Append(to []byte) []byte {
	to = append(append(to, magic...), version)
	to = append(to, b.Salt[:]...)
	to = ledger.AppendText8(to, b.Media)
	to = ledger.AppendU32(to, uint32(len(b.Content)))
	return append(to, b.Content...)
}

// Parse reads a container and checks its content. The blob aliases data. Errors wrap ledger.ErrMalformed, or are an *Error that says what is wrong with the
// content.
func Parse(data []byte) (*Blob, error) {
	if len(data) > MaxFile {
		return nil, wrong("too_large", "tệp dài %d byte, tối đa %d", "the file has %d bytes, at most %d are allowed", len(data), MaxFile)
	}
	r := ledger.NewReader("blob", data)
	if string(r.Bytes(len(magic))) != magic {
		r.Fail("it does not begin with %s", magic)
	}
	r.Version(version)
	b := new(Blob)
	r.Copy(b.Salt[:])
	b.Media = r.Text8()
	b.Content = r.Bytes(int(r.U32()))
	if err := r.Close(); err != nil {
		return nil, err
	}
	return b, b.Check()
}

// ParseNamed is Parse of a container that must be the blob of an id: the only check that whoever fetches one from strangers needs.
func ParseNamed(id ledger.Hash, data []byte) (*Blob, error) {
	b, err := Parse(data)
	if err != nil {
		return nil, err
	}
	if got := b.ID(); got != id {
		return nil, wrong("wrong_hash", "nội dung không khớp mã %v", "the contents are not those of %v", id)
	}
	return b, nil
}

// Check refuses content that is not what its media type says, to the last byte. Errors are *Error.
func (b *Blob) Check() error {
	_, err := b.size()
	return err
}

// Size is a picture's width and height in pixels, or the *Error that Check gives.
func (b *Blob) Size() (width, height int, err error) {
	d, err := b.size()
	return d.width, d.height, err
}

func (b *Blob) size() (d dimensions, err error) {
	check, most := checks[b.Media], MaxPicture
	if check == nil {
		return d, wrong("media_type", "loại nội dung %q không được nhận; chỉ nhận ảnh JPEG, PNG, WebP và tên", "content of type %q is not taken; only JPEG, PNG and WebP pictures and names are", b.Media)
	}
	if b.Media == Name {
		most = MaxName
	}
	if len(b.Content) > most {
		return d, wrong("too_large", "nội dung dài %d byte, tối đa %d", "the contents have %d bytes, at most %d are allowed", len(b.Content), most)
	}
	return check(b.Content)
}

// Media is the media type that the first bytes of a file announce; empty: none of the pictures that are taken. It checks nothing else.
func MediaOf(data []byte) string {
	for media, begins := range map[string]func([]byte) bool{JPEG: isJPEG, PNG: isPNG, WebP: isWebP} {
		if begins(data) {
			return media
		}
	}
	return ""
}
