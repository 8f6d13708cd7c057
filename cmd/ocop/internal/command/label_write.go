package command

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/cmd/ocop/internal/label/draw"
)

// Formats of what is printed.
const (
	formatSVG = "svg"
	formatPNG = "png"
	formatPDF = "pdf"
)

func parseFormat(s string) (string, error) {
	switch s = strings.ToLower(s); s {
	case formatSVG, formatPNG, formatPDF:
		return s, nil
	}
	return "", lang.Errorf(lang.Text{Vi: "không có định dạng %q; có: svg, png, pdf", En: "there is no format %q; there are: svg, png, pdf"}, s)
}

func formatOf(path string) (string, error) {
	f, err := parseFormat(strings.TrimPrefix(filepath.Ext(path), "."))
	if err != nil {
		return "", verb.Usage(lang.Text{Vi: "tên tệp phải có đuôi .svg, .png hoặc .pdf, hoặc thêm --format", En: "the file's name ends in .svg, .png or .pdf, or give --format"})
	}
	return f, nil
}

// maxFiles bounds what one command puts into a folder.
const maxFiles = 500

// targets are the files that so many pages become. They are looked at before anything else is done.
func (p *printing) targets(pages int) ([]string, error) {
	files := []string{p.output}
	if p.format != formatPDF && pages > 1 {
		if p.output == "-" {
			return nil, verb.Usage(lang.Text{Vi: "%d trang %s không ra màn hình được; hãy dùng pdf hoặc một tệp", En: "%d pages of %s do not go to the screen; take pdf, or a file"}, pages, p.format)
		}
		if pages > maxFiles {
			return nil, verb.Usage(lang.Text{Vi: "%d trang %s: mỗi lần nhiều nhất %d tệp; hãy dùng pdf", En: "%d pages of %s: at most %d files at a time; take pdf"}, pages, p.format, maxFiles)
		}
		files = files[:0]
		ending := filepath.Ext(p.output)
		for i := range pages {
			files = append(files, fmt.Sprintf("%s-%0*d%s", strings.TrimSuffix(p.output, ending), len(fmt.Sprint(pages)), i+1, ending))
		}
	}
	for _, path := range files {
		if err := p.mayWrite(path); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// mayWrite refuses to write over a file that nobody said may be lost.
func (p *printing) mayWrite(path string) error {
	if path == "-" {
		return nil
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.IsDir():
		return fail(exitUsage, lang.Text{Vi: "%s là thư mục, cần một tệp", En: "%s is a folder, want a file"}, path)
	case !p.overwrite:
		return fail(exitFailure, lang.Text{Vi: "%s đã có: không ghi đè, trừ khi có --overwrite", En: "%s exists: it is not written over without --overwrite"}, path)
	}
	for _, believed := range []string{p.policy, p.genesis, p.memory} {
		if believed != "" && sameFile(path, believed) {
			return verb.Usage(lang.Text{Vi: "-o và %s là cùng một tệp", En: "-o and %s are one file"}, believed)
		}
	}
	return nil
}

// writePages writes pages as they are drawn, a PDF as one file and others each as its own, and counts them. A file is there whole or not at all.
func (a *app) writePages(fonts *draw.Fonts, title string, pages iter.Seq2[*draw.Page, error], p *printing, files []string) (n int, err error) {
	if p.format == formatPDF {
		err := a.intoFile(files[0], p, func(w io.Writer) error {
			pdf := fonts.NewPDF(w, title)
			for page, err := range pages {
				if err != nil {
					return err
				}
				if err := pdf.Page(page); err != nil {
					return err
				}
				n++
			}
			return pdf.Close()
		})
		return n, err
	}
	for page, err := range pages {
		if err != nil {
			return n, err
		}
		err := a.intoFile(files[n], p, func(w io.Writer) error {
			if p.format == formatPNG {
				return fonts.PNG(w, page, p.dpi)
			}
			return fonts.SVG(w, page)
		})
		if errors.Is(err, draw.ErrCoarse) {
			err = lang.Errorf(lang.Text{Vi: "--dpi %d quá thô cho mã QR cỡ này", En: "--dpi %d is too coarse for QR codes of this size"}, p.dpi).Because(err)
			return n, withCode(exitUsage, err)
		}
		if err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

func (a *app) intoFile(path string, p *printing, write func(w io.Writer) error) error {
	buffered := func(w io.Writer) error {
		b := bufio.NewWriter(w)
		if err := write(b); err != nil {
			return err
		}
		return b.Flush()
	}
	if path == "-" {
		return buffered(a.env.Out)
	}
	return replaceBy(path, buffered, func() error { return p.mayWrite(path) })
}
