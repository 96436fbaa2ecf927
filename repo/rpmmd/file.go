package rpmmd

import (
	"bufio"
	"encoding/hex"
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
	r, err := newFileReader(o)
	if err != nil {
		return nil, err
	}
	return r.read(path, Location{Href: filepath.Base(path)})
}

// fileReader reads one RPM after the other. Every byte passes the hash once, on
// its way into the buffer.
type fileReader struct {
	options   ReadOptions
	extractor extractor
	hash      hash.Hash
	source    io.Reader
	size      int64
	buffer    *bufio.Reader
}

// readSize is large enough that most headers, and half of all packages, arrive
// in one piece.
const readSize = 128 << 10

func newFileReader(o ReadOptions) (*fileReader, error) {
	o.Checksum = o.Checksum.orDefault()
	h, err := o.Checksum.New()
	if err != nil {
		return nil, err
	}
	r := &fileReader{options: o, hash: h}
	r.buffer = bufio.NewReaderSize(r, readSize)
	return r, nil
}

// Read implements [io.Reader] over the file being read.
func (r *fileReader) Read(p []byte) (int, error) {
	n, err := r.source.Read(p)
	r.hash.Write(p[:n])
	r.size += int64(n)
	return n, err
}

func (r *fileReader) read(path string, location Location) (*Package, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	r.hash.Reset()
	r.source, r.size = file, 0
	r.buffer.Reset(r)
	defer func() { r.source = nil }()
	f, err := rpmfile.Read(r.buffer)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for {
		// What is read has been hashed: there is nothing else to do with it.
		if _, err := r.buffer.Discard(readSize); err == io.EOF {
			break
		} else if err != nil {
			return nil, err
		}
	}
	return r.extractor.fromHeader(f, Facts{
		Location: location,
		Checksum: Checksum{r.options.Checksum, hex.EncodeToString(r.hash.Sum(nil))},
		Size:     r.size,
		Time:     info.ModTime().Unix(),
	}, r.options)
}
