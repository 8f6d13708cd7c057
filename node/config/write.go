package config

import (
	"bytes"
	"encoding"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// commentWidth is where comment lines are broken, in characters.
const commentWidth = 110

// Write is the file with these settings, each under its comments in English and Vietnamese.
func (c *Config) Write() []byte {
	var b bytes.Buffer
	comment(&b, "", "Settings of an ocopd node. What is left out has its default; unknown keys are refused. Durations are written like 3s or 2ms.")
	comment(&b, "", "Cấu hình của một nút ocopd. Mục bỏ trống lấy giá trị mặc định; khóa lạ bị từ chối. Thời gian viết như 3s hoặc 2ms.")
	section(&b, reflect.ValueOf(*c), "")
	return b.Bytes()
}

func section(b *bytes.Buffer, v reflect.Value, indent string) {
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if !field.IsExported() {
			continue
		}
		if indent == "" || i > 0 {
			b.WriteByte('\n')
		}
		comment(b, indent, field.Tag.Get("doc"))
		comment(b, indent, field.Tag.Get("vi"))
		fmt.Fprintf(b, "%s%s:", indent, field.Tag.Get("yaml"))
		if field.Type.Kind() == reflect.Struct {
			b.WriteByte('\n')
			section(b, v.Field(i), indent+"  ")
			continue
		}
		fmt.Fprintf(b, " %s\n", scalar(v.Field(i).Interface()))
	}
}

func comment(b *bytes.Buffer, indent, text string) {
	line, width := indent+"#", len(indent)+1
	for _, word := range strings.Fields(text) {
		if n := len([]rune(word)) + 1; width+n > commentWidth {
			b.WriteString(line + "\n")
			line, width = indent+"#", len(indent)+1
		}
		line += " " + word
		width += len([]rune(word)) + 1
	}
	b.WriteString(line + "\n")
}

// scalar writes a value as YAML. Text is quoted in the way JSON and YAML share.
func scalar(v any) string {
	switch v := v.(type) {
	case encoding.TextMarshaler:
		text, err := v.MarshalText()
		if err != nil {
			panic(err) // a setting that cannot be written is a mistake in this package
		}
		return string(text)
	case string:
		return strconv.Quote(v)
	default:
		return fmt.Sprint(v)
	}
}
