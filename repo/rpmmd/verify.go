package rpmmd

import (
	"bufio"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"strings"

	"github.com/kojikit/kojikit/koji"
)

// recordReader reads the content of a metadata file and verifies it.
type recordReader struct {
	file   io.Closer
	raw    *verifier     // of the file
	rest   *bufio.Reader // of the file, what decompression has not taken
	unpack io.ReadCloser // of raw
	open   *verifier     // of unpack
	err    error
}

func newRecordReader(file io.ReadCloser, name string, record Record, l Limits) (*recordReader, error) {
	var err error
	r := &recordReader{file: file}
	if r.raw, err = newVerifier(file, record.Checksum, record.Size, l.document()); err != nil {
		return nil, err
	}
	r.rest = bufio.NewReaderSize(r.raw, 64<<10)
	if r.unpack, err = decompress(name, r.rest); err != nil {
		return nil, err
	}
	if r.open, err = newVerifier(r.unpack, record.OpenChecksum, record.OpenSize, l.document()); err != nil {
		return nil, errors.Join(err, r.unpack.Close())
	}
	return r, nil
}

// Read implements [io.Reader].
func (r *recordReader) Read(p []byte) (int, error) {
	if r.err != nil {
		return 0, r.err
	}
	n, err := r.open.Read(p)
	if errors.Is(err, io.EOF) {
		// Decompression may stop before the end of the file.
		if _, err = io.Copy(io.Discard, r.rest); err == nil {
			err = errors.Join(r.raw.verify("the file"), r.open.verify("its content"))
		}
		if err == nil {
			err = io.EOF
		}
	}
	r.err = err
	return n, err
}

// Close implements [io.Closer].
func (r *recordReader) Close() error { return errors.Join(r.unpack.Close(), r.file.Close()) }

// verifier bounds, counts and hashes what passes.
type verifier struct {
	source io.Reader
	want   Checksum // no value: nothing to compare with
	size   int64    // 0: not known
	limit  int64
	read   int64
	hash   hash.Hash
}

func newVerifier(source io.Reader, want Checksum, size, limit int64) (*verifier, error) {
	v := &verifier{source: source, want: want, size: size, limit: limit}
	if size > 0 {
		v.limit = size
	}
	v.want.Value = strings.ToLower(strings.TrimSpace(want.Value))
	var err error
	v.hash, err = want.Type.New()
	return v, err
}

// Read implements [io.Reader].
func (v *verifier) Read(p []byte) (int, error) {
	n, err := v.source.Read(p)
	if v.want.Value != "" {
		v.hash.Write(p[:n])
	}
	if v.read += int64(n); v.read > v.limit {
		return 0, koji.Errorf(koji.ErrLimit, koji.FaultGeneric, "more than %d bytes", v.limit)
	}
	return n, err
}

// verify compares what has passed with what was announced.
func (v *verifier) verify(what string) error {
	if v.size > 0 && v.read != v.size {
		return koji.Errorf(koji.ErrMismatch, koji.FaultGeneric, "%s has %d bytes, want %d", what, v.read, v.size)
	}
	if v.want.Value == "" {
		return nil
	}
	if got := hex.EncodeToString(v.hash.Sum(nil)); got != v.want.Value {
		return koji.Errorf(koji.ErrMismatch, koji.FaultGeneric, "%s has %s checksum %s, want %s", what, v.want.Type, got, v.want.Value)
	}
	return nil
}
