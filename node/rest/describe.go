package rest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
)

// glossary says what parameters are that many requests have.
func glossary(name string) string {
	switch name {
	case "product":
		return "Id of the product, such as 1000012.3."
	case "certificate":
		return "Id of the certificate, such as 1:2020:1032/QĐ-UBND:5."
	case "lot":
		return "Id of the lot, such as 1000012.3/L-2020-09: that of its product, a slash, and its code."
	case "record":
		return "Id of the record, 64 hexadecimal digits."
	case "date":
		return "Date of the verdict, yyyymmdd; 0: today."
	case "min_height":
		return "The answer is to be of at least this height, and waits for it some seconds."
	}
	return ""
}

// operation is what is looked at of an operation. Everything else of it stays as it is.
type operation struct {
	Tags       []string         `json:"tags"`
	Produces   []string         `json:"produces"`
	Parameters []map[string]any `json:"parameters"`
}

// describe is the description of the API as this node gives it: finished where the generator has no words, and for a sample with its notice.
func describe(openAPI []byte, notice string) ([]byte, error) {
	d := make(map[string]any)
	if err := json.Unmarshal(openAPI, &d); err != nil {
		return nil, fmt.Errorf("description of the API: %w", err)
	}
	delete(d, "consumes")
	used := make(map[any]bool)
	paths, _ := d["paths"].(map[string]any)
	for path, item := range paths {
		get, _ := item.(map[string]any)["get"].(map[string]any)
		o, err := operationOf(get)
		if err != nil {
			return nil, fmt.Errorf("description of %s: %w", path, err)
		}
		for _, p := range o.Parameters {
			if name, _ := p["name"].(string); p["description"] == nil {
				p["description"] = glossary(name)
			}
		}
		if slices.Contains(o.Produces, octets) {
			o.Parameters = append(o.Parameters, map[string]any{
				"name": formatName, "in": "query", "required": false, "type": "string", "enum": sorted(formats), "default": "json",
				"description": "file: the file alone, as the header Accept: " + octets + " asks for it.",
			})
		}
		get["parameters"] = o.Parameters
		for _, tag := range o.Tags {
			used[tag] = true
		}
	}
	tags, _ := d["tags"].([]any)
	d["tags"] = slices.DeleteFunc(tags, func(tag any) bool { return !used[tag.(map[string]any)["name"]] })
	if info, ok := d["info"].(map[string]any); ok && notice != "" {
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

func operationOf(get map[string]any) (o operation, err error) {
	data, err := json.Marshal(get)
	if err == nil {
		err = json.Unmarshal(data, &o)
	}
	return o, err
}
