package rpmmd

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"io"
	"path"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/xi2/xz"

	"github.com/kojikit/kojikit/repo/zchunk"
)

// Compression is how the files of a repository are compressed.
type Compression int

// Compressions. The zero value leaves the choice to the [Profile].
const (
	DefaultCompression Compression = iota
	Gzip                           // RFC 1952; every client reads it
	Zstd                           // RFC 8878; smaller and faster, from Fedora 30 and RHEL 8.4 on
	XZ                             // the smallest, and by far the slowest to make
	Zchunk                         // see package zchunk; clients know it only as an addition, see Options.Zchunk
	Uncompressed
)

// suffix is what the compression appends to the name of a file.
func (c Compression) suffix() string {
	switch c {
	case Gzip:
		return ".gz"
	case Zstd:
		return ".zst"
	case XZ:
		return ".xz"
	case Zchunk:
		return ".zck"
	default:
		return ""
	}
}

// maxWindow bounds the memory that a zstd file can ask its reader for.
const maxWindow = 128 << 20

// maxXZDictionary does so for an xz file. It is the largest that any preset of xz
// makes.
const maxXZDictionary = 64 << 20

// decompress returns a reader of what r holds, compressed as the suffix of name
// says or, where that says nothing, as the first bytes do. Closing it frees its
// memory and does not close r.
func decompress(name string, r *bufio.Reader) (io.ReadCloser, error) {
	format := strings.ToLower(path.Ext(name))
	if magics[format] == "" {
		format = formatOf(r)
	}
	switch format {
	case ".gz":
		return gzip.NewReader(r)
	case ".zst":
		d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return nil, err
		}
		return d.IOReadCloser(), nil
	case ".bz2":
		return io.NopCloser(bzip2.NewReader(r)), nil
	case ".xz":
		d, err := xz.NewReader(r, maxXZDictionary)
		if err != nil {
			return nil, err
		}
		return io.NopCloser(d), nil
	case ".zck":
		return zchunk.NewReader(r, zchunk.Limits{})
	default:
		return io.NopCloser(r), nil
	}
}

// magics are the first bytes of compressed files, by the suffix of their names.
var magics = map[string]string{
	".gz":  "\x1f\x8b",
	".zst": "\x28\xb5\x2f\xfd",
	".bz2": "BZh",
	".xz":  "\xfd7zXZ",
	".zck": "\x00ZCK1",
}

// formatOf returns the suffix that fits the first bytes of r, or "".
func formatOf(r *bufio.Reader) string {
	head, _ := r.Peek(5) // what is shorter is not compressed
	for suffix, magic := range magics {
		if bytes.HasPrefix(head, []byte(magic)) {
			return suffix
		}
	}
	return ""
}

// trimCompression removes the suffix of a compressed file from its name.
func trimCompression(name string) string {
	if ext := path.Ext(name); magics[strings.ToLower(ext)] != "" {
		return strings.TrimSuffix(name, ext)
	}
	return name
}
