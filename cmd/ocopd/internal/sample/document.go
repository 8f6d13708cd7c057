package sample

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/text/unicode/norm"

	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// Documents writes one-page PDF files that stand for signed Decisions into a directory, and describes them for the ledger. The same name and
// title always give the same bytes.
func Documents(dir string) Document {
	return func(name, title string) (*recordv1.Document, error) {
		data := pdf(title)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return nil, fmt.Errorf("sample documents: %w", err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			return nil, fmt.Errorf("sample documents: %w", err)
		}
		hash := sha256.Sum256(data)
		return &recordv1.Document{Sha256: hash[:], Size: uint64(len(data)), Name: name}, nil
	}
}

// fileName is the file name of a Decision's PDF.
func fileName(number string) string {
	return strings.ToLower(strings.NewReplacer("/", "-", " ", "-").Replace(ascii(number))) + ".pdf"
}

// ascii drops what the standard fonts of a PDF and plain file names cannot show.
func ascii(s string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(strings.NewReplacer("Đ", "D", "đ", "d").Replace(s)) {
		if r < 0x80 {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// pdf is the smallest page a viewer opens: one line in a standard font.
func pdf(line string) []byte {
	text := "BT /F1 14 Tf 60 760 Td (" + strings.NewReplacer(`\`, `\\`, "(", `\(`, ")", `\)`).Replace(line) + ") Tj ET"
	objects := []string{
		"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
		fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(text), text),
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
	}
	var b bytes.Buffer
	b.WriteString("%PDF-1.4\n")
	offsets := make([]int, len(objects))
	for i, object := range objects {
		offsets[i] = b.Len()
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, object)
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, offset := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", offset)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, start)
	return b.Bytes()
}
