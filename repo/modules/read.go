package modules

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/kojikit/kojikit/koji"
)

// Limits bound the memory that reading a stream may take. A field that is zero
// stands for its default. What goes beyond a limit fails with [koji.ErrLimit].
type Limits struct {
	Document int // bytes of one document; default 8 MiB
}

// Read yields the documents of an uncompressed stream, one at a time. After an
// error, which is one of r, [koji.ErrLimit], or [koji.ErrInvalid] for what is not
// YAML, nothing more is yielded. Documents are not checked for sense; see
// [Document.Check].
func Read(r io.Reader, l Limits) iter.Seq2[*Document, error] {
	return func(yield func(*Document, error) bool) {
		s := &splitter{lines: bufio.NewReader(r), limit: cmp.Or(l.Document, 8<<20)}
		for {
			text, err := s.next()
			if errors.Is(err, io.EOF) {
				return
			}
			var d *Document
			if err == nil {
				d, err = parse(text)
			}
			if err != nil {
				yield(nil, fmt.Errorf("modules: document at line %d: %w", s.first, err))
				return
			}
			if !yield(d, nil) {
				return
			}
		}
	}
}

// splitter cuts a stream into documents. Lines that begin with --- or ... do so
// wherever they are, even within quoted text.
type splitter struct {
	lines  *bufio.Reader
	limit  int
	line   int  // read so far
	first  int  // of the document
	opened bool // the marker of the next document has been read
	rest   []byte
}

// next returns the next document, or io.EOF.
func (s *splitter) next() ([]byte, error) {
	var text []byte
	started := s.opened
	s.opened, s.first = false, s.line+1
	if started {
		text, s.first = s.rest, s.line
	}
	for {
		line, err := s.readLine()
		if errors.Is(err, io.EOF) {
			if started {
				return text, nil
			}
			return nil, io.EOF
		}
		if err != nil {
			return nil, err
		}
		switch {
		case isMarker(line, "---") && started:
			s.opened, s.rest = true, bytes.Clone(line[3:])
			return text, nil
		case isMarker(line, "---"):
			started, text, s.first = true, append(text, line[3:]...), s.line
		case isMarker(line, "..."):
			if started {
				return text, nil
			}
		case started:
			text = append(text, line...)
		case len(bytes.TrimSpace(line)) == 0 || line[0] == '#':
		case bytes.HasPrefix(line, []byte("%YAML")):
		case line[0] == '%':
			return nil, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "directive %.40q is not supported", line)
		default:
			started, text, s.first = true, append(text, line...), s.line
		}
		if len(text) > s.limit {
			return nil, koji.Errorf(koji.ErrLimit, koji.FaultGeneric, "more than %d bytes", s.limit)
		}
	}
}

// readLine returns the next line with its end, which is valid until the next call.
func (s *splitter) readLine() ([]byte, error) {
	line, err := s.lines.ReadSlice('\n')
	s.line++
	if !errors.Is(err, bufio.ErrBufferFull) {
		if len(line) > 0 && errors.Is(err, io.EOF) {
			return append(bytes.Clone(line), '\n'), nil
		}
		return line, err
	}
	long := bytes.Clone(line)
	for errors.Is(err, bufio.ErrBufferFull) {
		if len(long) > s.limit {
			return nil, koji.Errorf(koji.ErrLimit, koji.FaultGeneric, "a line of more than %d bytes", s.limit)
		}
		line, err = s.lines.ReadSlice('\n')
		long = append(long, line...)
	}
	if errors.Is(err, io.EOF) {
		return append(long, '\n'), nil
	}
	return long, err
}

// isMarker tells whether a line is the marker, whatever follows it.
func isMarker(line []byte, marker string) bool {
	rest, ok := bytes.CutPrefix(line, []byte(marker))
	return ok && (len(rest) == 0 || bytes.IndexByte([]byte(" \t\r\n"), rest[0]) >= 0)
}
