package blobs

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

const (
	// answerLimit bounds what one question to another node may take, the largest blob over a bad line included.
	answerLimit = 30 * time.Second
	// listLimit bounds the question for a list, which is mostly answered by nothing: a node that hangs must not keep this one from asking the others.
	listLimit = 5 * time.Second
	// handshake bounds how long a door has to show that it speaks TLS.
	handshake = 3 * time.Second
	// leftAlone is how long a node is not asked that did not answer.
	leftAlone = 5 * time.Second
	// distrusted is how long a node is not asked that gave something else than what it was asked for.
	distrusted = time.Minute
	// maxList bounds a list of what was erased in bytes.
	maxList = MaxErasures * 160
)

// errFalse: the answer is not what was asked for.
var errFalse = errors.New("a false answer")

// errNotThere: the node has it not, or not yet.
var errNotThere = errors.New("it is not there")

// source is the public door of another node. It is asked by one goroutine at a time for lists, and by several for blobs.
type source struct {
	address string
	client  *http.Client
	tag     string // of the list of what was erased that was taken last
	recent  string // of the list of what has come
	there   bool   // it answered when it was asked last

	retry chan time.Time // holds when it may be asked again
}

// newSource makes a source of host:port. The door may be with TLS or without, and its certificate may be any: what it gives verifies itself, and is public.
func newSource(address string) *source {
	s := &source{address: address, retry: make(chan time.Time, 1)}
	s.retry <- time.Time{}
	s.client = &http.Client{
		Timeout:       answerLimit,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport:     &http.Transport{DialContext: s.dial, DisableCompression: true, MaxIdleConnsPerHost: fetchers, IdleConnTimeout: time.Minute, ResponseHeaderTimeout: answerLimit},
	}
	return s
}

func (s *source) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", s.address)
	if err != nil {
		return nil, err
	}
	secure := tls.Client(conn, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"http/1.1"}, MinVersion: tls.VersionTLS12}) //nolint:gosec // see newSource
	limited, stop := context.WithTimeout(ctx, handshake)
	defer stop()
	if err := secure.HandshakeContext(limited); err == nil {
		return secure, nil
	}
	conn.Close()
	return d.DialContext(ctx, "tcp", s.address)
}

func (s *source) close() { s.client.CloseIdleConnections() }

// may tells whether the source is to be asked now.
func (s *source) may() bool {
	at := <-s.retry
	s.retry <- at
	return !time.Now().Before(at)
}

func (s *source) rest(d time.Duration) {
	<-s.retry
	s.retry <- time.Now().Add(d)
}

// failed leaves a source alone: one that hangs for longer than one that is not there.
func (s *source) failed(err error) error {
	if late, ok := errors.AsType[net.Error](err); ok && late.Timeout() {
		s.rest(distrusted)
	} else {
		s.rest(leftAlone)
	}
	return err
}

// get asks for a path under Prefix, for at most max bytes. With a tag that the answer still has there is none: the body is nil.
func (s *source) get(ctx context.Context, path string, max int64, tag string) (body []byte, newTag string, err error) {
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.address+Prefix+path, nil)
	if err != nil {
		return nil, "", err
	}
	if tag != "" {
		q.Header.Set("If-None-Match", tag)
	}
	a, err := s.client.Do(q)
	if err != nil {
		return nil, "", s.failed(err)
	}
	defer a.Body.Close()
	switch {
	case a.StatusCode == http.StatusNotModified && tag != "":
		return nil, tag, nil
	case a.StatusCode == http.StatusNotFound, a.StatusCode == http.StatusGone:
		_, _ = io.Copy(io.Discard, io.LimitReader(a.Body, 4<<10)) // the connection is of use again
		return nil, "", errNotThere
	case a.StatusCode != http.StatusOK:
		s.rest(leftAlone)
		return nil, "", fmt.Errorf("%s answers %s", s.address, a.Status)
	}
	body, err = io.ReadAll(io.LimitReader(a.Body, max+1))
	if err != nil {
		return nil, "", s.failed(err)
	}
	if int64(len(body)) > max {
		return nil, "", fmt.Errorf("%w: more than %d bytes", errFalse, max)
	}
	return body, a.Header.Get("ETag"), nil
}
