package command

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/ocopledger/ocop/cmd/ocop/internal/label"
	"github.com/ocopledger/ocop/cmd/ocop/internal/label/draw"
)

// program finds a program that a test looks at files with. Without it the test is skipped, but not where the gate runs.
func program(t *testing.T, name, debian string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("%s is not installed: apt-get install %s", name, debian)
		}
		t.Skipf("%s is not installed (Debian package %s)", name, debian)
	}
	return path
}

func output(t *testing.T, name string, args ...string) string {
	t.Helper()
	var errs bytes.Buffer
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, errs.String())
	}
	return string(out)
}

// scanned reads the QR codes of pictures as a shop's reader does, in the order of the pictures.
func scanned(t *testing.T, pictures ...string) []string {
	t.Helper()
	reader := program(t, "zbarimg", "zbar-tools")
	return strings.Fields(output(t, reader, append([]string{"-q", "--raw", "-Sdisable", "-Sqrcode.enable"}, pictures...)...))
}

// cut takes a page with 300 dots per inch apart into its labels. The reader is one of single codes: on a page full of them it misses some.
func cut(t *testing.T, page string, s label.Sheet) (files []string) {
	t.Helper()
	data, err := os.Open(page)
	check(t, err)
	defer data.Close()
	whole, err := png.Decode(data)
	check(t, err)
	dots := func(l draw.Length) int { return int(l) * 300 / 25_400 }
	for i := range s.PerPage() {
		x, y := s.Corner(i)
		file := fmt.Sprintf("%s.%03d.png", page, i)
		out, err := os.Create(file)
		check(t, err)
		part := whole.(interface {
			SubImage(image.Rectangle) image.Image
		}).SubImage(image.Rect(dots(x), dots(y), dots(x+s.Width), dots(y+s.Height)))
		check(t, (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(out, part))
		check(t, out.Close())
		files = append(files, file)
	}
	return files
}

// pictures are the pages of a file as a printer would have them.
func pictures(t *testing.T, file string) []string {
	t.Helper()
	switch {
	case strings.HasSuffix(file, ".png"):
		return []string{file}
	case strings.HasSuffix(file, ".svg"):
		output(t, program(t, "rsvg-convert", "librsvg2-bin"), "-d", "300", "-p", "300", "--format", "png", "-o", file+".png", file)
		return []string{file + ".png"}
	}
	output(t, program(t, "pdftoppm", "poppler-utils"), "-r", "300", "-gray", "-png", file, file)
	pages, err := os.ReadDir(".")
	check(t, err)
	var names []string
	for _, p := range pages {
		if strings.HasPrefix(p.Name(), file+"-") {
			names = append(names, p.Name())
		}
	}
	return names
}
