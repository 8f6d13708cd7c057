package config

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
)

// maxSources bounds the sources that are named: a network has fewer nodes.
const maxSources = 16

// Sources are the sources that are named, in order, without white space around them. The error says which is none.
func (s *Sync) Sources() (all []string, err error) {
	if strings.TrimSpace(s.From) == "" {
		return nil, nil
	}
	seen := make(map[string]bool)
	for text := range strings.SplitSeq(s.From, ",") {
		text = strings.TrimSpace(text)
		switch {
		case seen[text]:
			return nil, fmt.Errorf("%q stands there twice", text)
		case len(all) == maxSources:
			return nil, fmt.Errorf("more than %d sources", maxSources)
		}
		if err := checkSource(text); err != nil {
			return nil, fmt.Errorf("%q: %w", text, err)
		}
		seen[text] = true
		all = append(all, text)
	}
	return all, nil
}

var (
	errSource    = errors.New("want host:port of a node's public door, an http(s) URL of published files, or a folder with a slash in its name")
	errSourceURL = errors.New("want https://host/path or http://host/path, without query")
)

func checkSource(text string) error {
	if strings.Contains(text, "://") {
		if !isPrefix(text) {
			return errSourceURL
		}
		return nil
	}
	if strings.ContainsAny(text, `/\`) {
		return nil
	}
	host, port, err := net.SplitHostPort(text)
	if n, wrong := strconv.ParseUint(port, 10, 16); err != nil || wrong != nil || n == 0 || host == "" {
		return errSource
	}
	return nil
}
