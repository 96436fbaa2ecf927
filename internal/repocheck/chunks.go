package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/kojikit/kojikit/repo/rpmmd"
	"github.com/kojikit/kojikit/repo/zchunk"
)

// compareChunks compares the zchunk files of a type, if there are any: their
// content, which the checksums of their records vouch for, and where it is cut.
func (r *comparison) compareChunks(ctx context.Context, ours, theirs site, typ string) error {
	a, err := ours.chunks(ctx, typ)
	if err != nil {
		return err
	}
	b, err := theirs.chunks(ctx, typ)
	if err != nil {
		return err
	}
	if len(a) != len(b) {
		r.differ("%s: %d chunks, theirs has %d", typ, len(a), len(b))
		return nil
	}
	for i := range a {
		if a[i] != b[i] {
			r.differ("%s: chunk %d has %d bytes, theirs has %d", typ, i+1, a[i], b[i])
			return nil
		}
	}
	return nil
}

// site is a repository in a directory.
type site struct {
	*rpmmd.Repository
	dir string
}

// chunks returns the uncompressed sizes of the chunks of a file, after reading it
// whole.
func (s site) chunks(ctx context.Context, typ string) (sizes []int64, err error) {
	record, ok := s.Repomd.Record(typ)
	if !ok {
		return nil, ctx.Err()
	}
	content, err := s.OpenRecord(record)
	if err != nil {
		return nil, err
	}
	defer content.Close()
	if _, err := io.Copy(io.Discard, content); err != nil {
		return nil, err
	}
	file, err := os.Open(filepath.Join(s.dir, filepath.FromSlash(record.Location.Href)))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	header, err := zchunk.ReadHeader(file, zchunk.Limits{})
	if err != nil {
		return nil, err
	}
	for _, c := range header.Chunks {
		sizes = append(sizes, c.OpenSize)
	}
	return sizes, ctx.Err()
}
