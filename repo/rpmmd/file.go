package rpmmd

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"

	"github.com/kojikit/kojikit/koji/rpmfile"
)

// FromFile returns the metadata of the RPM at path, reading the file once. Its
// location is the base name of the path; the caller sets another if need be.
//
// Files that are not sound RPMs fail with the errors of [rpmfile.Read] and
// [FromHeader].
func FromFile(path string, o ReadOptions) (*Package, error) {
	var r fileReader
	return r.read(path, Location{Href: filepath.Base(path)}, o)
}

// fileReader reads one RPM after the other, keeping its memory. Every byte passes
// the hash once, on its way into the buffer.
type fileReader struct {
	extractor extractor
	hashType  ChecksumType
	hash      hash.Hash
	source    io.Reader
	size      int64
	buffer    *bufio.Reader
	rest      []byte
}

// readSize is large enough that most headers, and half of all packages, arrive
// in one piece.
const readSize = 128 << 10

// Read implements [io.Reader] over the file being read.
func (r *fileReader) Read(p []byte) (int, error) {
	n, err := r.source.Read(p)
	r.hash.Write(p[:n])
	r.size += int64(n)
	return n, err
}

// reset makes the reader ready for a file.
func (r *fileReader) reset(source io.Reader, t ChecksumType) error {
	if r.hash == nil || r.hashType != t {
		h, err := t.New()
		if err != nil {
			return err
		}
		r.hash, r.hashType = h, t
	}
	if r.buffer == nil {
		r.buffer = bufio.NewReaderSize(nil, readSize)
	}
	r.hash.Reset()
	r.source, r.size = source, 0
	r.buffer.Reset(r)
	return nil
}

func (r *fileReader) read(path string, location Location, o ReadOptions) (*Package, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if err := r.reset(file, o.Checksum); err != nil {
		return nil, err
	}
	f, err := rpmfile.Read(r.buffer)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if err := r.finish(info.Size()); err != nil {
		return nil, err
	}
	return r.extractor.fromHeader(f, Facts{
		Location: location,
		Checksum: Checksum{o.Checksum.orDefault(), hex.EncodeToString(r.hash.Sum(nil))},
		Size:     r.size,
		Time:     info.ModTime().Unix(),
	}, o)
}

// finish reads the rest of a file of the given size. What it has read has been
// hashed: there is nothing else to do with it.
func (r *fileReader) finish(size int64) error {
	if r.size < size && r.rest == nil {
		r.rest = make([]byte, readSize)
	}
	for r.size < size {
		if _, err := r.Read(r.rest); errors.Is(err, io.EOF) {
			return nil // it became shorter meanwhile
		} else if err != nil {
			return err
		}
	}
	return nil
}
