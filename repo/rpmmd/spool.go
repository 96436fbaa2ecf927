package rpmmd

import (
	"bytes"
	"errors"
	"io"
	"os"
)

// spool holds the frames of a file until it is whole: the first ones in memory,
// and all of them in a temporary file as soon as they are many. The zero value
// but for dir is empty.
type spool struct {
	dir    string // of the temporary file
	frames bytes.Buffer
	size   int64
	file   *os.File // nil: there is none yet
}

// greatestSpool is what a spool holds in memory.
const greatestSpool = 2 << 20

// Write adds frames. It implements [io.Writer].
func (s *spool) Write(frames []byte) (int, error) {
	s.size += int64(len(frames))
	if s.file == nil && s.size <= greatestSpool {
		return s.frames.Write(frames)
	}
	if s.file == nil {
		var err error
		if s.file, err = os.CreateTemp(s.dir, ".rpmmd-*"); err != nil {
			return 0, err
		}
		if _, err := s.file.Write(s.frames.Bytes()); err != nil {
			return 0, err
		}
		s.frames = bytes.Buffer{}
	}
	return s.file.Write(frames)
}

// ReadAt implements [io.ReaderAt].
func (s *spool) ReadAt(p []byte, offset int64) (int, error) {
	if s.file != nil {
		return s.file.ReadAt(p, offset)
	}
	return bytes.NewReader(s.frames.Bytes()).ReadAt(p, offset)
}

// WriteTo writes all frames to w. It implements [io.WriterTo].
func (s *spool) WriteTo(w io.Writer) (int64, error) {
	if s.file == nil {
		n, err := w.Write(s.frames.Bytes())
		return int64(n), err
	}
	return io.Copy(w, io.NewSectionReader(s.file, 0, s.size))
}

// Close removes the temporary file.
func (s *spool) Close() error {
	if s.file == nil {
		return nil
	}
	file := s.file
	s.file, s.size = nil, 0
	return errors.Join(file.Close(), os.Remove(file.Name()))
}
