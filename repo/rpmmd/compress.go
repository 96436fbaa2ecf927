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

	"github.com/kojikit/kojikit/koji"
)

// Compression is how the files of a repository are compressed.
type Compression int

// Compressions. The zero value leaves the choice to the [Profile].
const (
	DefaultCompression Compression = iota
	Gzip                           // RFC 1952; every client reads it
	Zstd                           // RFC 8878; smaller and faster, from Fedora 30 and RHEL 8.4 on
	Uncompressed
)

// suffix is what the compression appends to the name of a file.
func (c Compression) suffix() string {
	switch c {
	case Gzip:
		return ".gz"
	case Zstd:
		return ".zst"
	default:
		return ""
	}
}

// Levels used when none is asked for. That of gzip is upstream's; that of
// zstd is the last one whose cost is like gzip's.
const (
	gzipLevel = 6
	zstdLevel = 8
)

// compressor turns blocks of data into frames. The frames of one file, put one
// after the other, are again a file of the format: gzip takes them for members
// and zstd for frames. A frame depends on its block alone.
type compressor interface {
	// compress appends the frame of a block to dst.
	compress(dst, block []byte) []byte
}

// compressor returns a compressor, not safe for concurrent use. Level zero
// stands for the default.
func (c Compression) compressor(level int) (compressor, error) {
	switch c {
	case Gzip:
		if level == 0 {
			level = gzipLevel
		}
		w, err := gzip.NewWriterLevel(io.Discard, level)
		if err != nil || level < 1 {
			return nil, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "gzip level %d: not between 1 and 9", level)
		}
		return (*gzipCompressor)(w), nil
	case Zstd:
		if level == 0 {
			level = zstdLevel
		}
		if level < 1 || level > 22 {
			return nil, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "zstd level %d: not between 1 and 22", level)
		}
		// The checksums of repomd.xml guard the content.
		e, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderCRC(false),
			zstd.WithEncoderLevel(zstd.EncoderLevelFromZstd(level)))
		if err != nil {
			return nil, err
		}
		return (*zstdCompressor)(e), nil
	case Uncompressed:
		return noCompressor{}, nil
	default:
		return nil, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "unknown compression %d", c)
	}
}

type gzipCompressor gzip.Writer

func (c *gzipCompressor) compress(dst, block []byte) []byte {
	w, out := (*gzip.Writer)(c), bytes.NewBuffer(dst)
	w.Reset(out)
	// Writing to a bytes.Buffer does not fail.
	_, _ = w.Write(block)
	_ = w.Close()
	return out.Bytes()
}

type zstdCompressor zstd.Encoder

func (c *zstdCompressor) compress(dst, block []byte) []byte {
	return (*zstd.Encoder)(c).EncodeAll(block, dst)
}

type noCompressor struct{}

func (noCompressor) compress(dst, block []byte) []byte { return append(dst, block...) }

// maxWindow bounds the memory that a zstd file can ask its reader for.
const maxWindow = 128 << 20

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
	case ".xz", ".zck":
		return nil, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "compression %s is not supported", format[1:])
	default:
		return io.NopCloser(r), nil
	}
}

// magics are the first bytes of compressed files, by the suffix of their names.
var magics = map[string]string{
	".gz":  "\x1f\x8b",
	".zst": "\x28\xb5\x2f\xfd",
	".bz2": "BZ",
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
