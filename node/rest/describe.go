package rest

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// describe is the description of the API as this node gives it: that of a sample says so first.
func describe(openAPI []byte, notice string) ([]byte, error) {
	var d map[string]any
	if err := json.Unmarshal(openAPI, &d); err != nil {
		return nil, fmt.Errorf("description of the API: %w", err)
	}
	if notice != "" {
		info, ok := d["info"].(map[string]any)
		if !ok {
			return nil, fmt.Errorf("description of the API: it has no info")
		}
		info["title"] = fmt.Sprint(notice, " – ", info["title"])
		info["x-ocop-notice"] = notice
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(d); err != nil {
		return nil, fmt.Errorf("description of the API: %w", err)
	}
	return out.Bytes(), nil
}
