package remote

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/kojikit/kojikit/koji"
)

// Options say how files are fetched. The zero value will do.
type Options struct {
	// Client makes the requests. The default is one that gives up on a server that
	// does not answer for a minute.
	Client *http.Client

	// Attempts is how often a request is made that fails for reasons that may
	// pass; the default is 5. Each request that brings anything counts anew.
	Attempts int

	// Wait is the time before the second attempt; it doubles with each further
	// one. The default is one second.
	Wait time.Duration
}

// FS is a directory on a web server. It implements [fs.FS], but cannot list
// directories. Each file that is opened is fetched anew, as it is read. It is safe
// for concurrent use.
type FS struct {
	ctx     context.Context
	base    *url.URL
	options Options
}

// New returns the directory at an address of the schemes http and https. When ctx
// ends, so do all requests. Another address is [koji.ErrInvalid].
func New(ctx context.Context, address string, o Options) (*FS, error) {
	base, err := url.Parse(address)
	if err != nil {
		return nil, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "address of a repository: %w", err)
	}
	if base.Scheme != "http" && base.Scheme != "https" || base.Host == "" {
		return nil, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "address %q of a repository: not http", base.Redacted())
	}
	if o.Client == nil {
		transport := http.DefaultTransport.(*http.Transport).Clone()
		transport.ResponseHeaderTimeout = time.Minute
		o.Client = &http.Client{Transport: transport}
	}
	return &FS{ctx, base, o}, nil
}

// Open implements [fs.FS]. A file that is not there is [fs.ErrNotExist]; a server
// that cannot be reached, or that fails, is [koji.ErrUnavailable].
func (f *FS) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	file := &file{fs: f, name: name, address: f.base.JoinPath(strings.Split(name, "/")...).String()}
	if err := file.retry(); err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return file, nil
}

// file is a file being fetched.
type file struct {
	fs      *FS
	name    string
	address string

	body     io.ReadCloser // of the present response
	offset   int64         // of the next byte
	length   int64         // of the whole; -1 if the server does not tell
	modified time.Time
	version  string // what tells this content from another at the same address; empty if nothing does
	err      error
}

// permanent is a failure that another attempt does not mend.
type permanent struct{ error }

func (p permanent) Unwrap() error { return p.error }

// retry requests what is still to come until there is an answer.
func (f *file) retry() error {
	wait := cmp.Or(f.fs.options.Wait, time.Second)
	for attempt := 1; ; attempt++ {
		err := f.request()
		var final permanent
		switch {
		case err == nil:
			return nil
		case errors.As(err, &final):
			return final.error
		case f.fs.ctx.Err() != nil:
			return f.fs.ctx.Err()
		case attempt >= cmp.Or(f.fs.options.Attempts, 5):
			return koji.Errorf(koji.ErrUnavailable, koji.FaultGeneric, "%s: after %d attempts: %w", f.name, attempt, err)
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-f.fs.ctx.Done():
			timer.Stop()
			return f.fs.ctx.Err()
		}
		wait *= 2
	}
}

// request asks for the file from offset on.
func (f *file) request() error {
	request, err := http.NewRequestWithContext(f.fs.ctx, http.MethodGet, f.address, http.NoBody)
	if err != nil {
		return permanent{err}
	}
	// A transport that decompressed would take sizes and checksums with it.
	request.Header.Set("Accept-Encoding", "identity")
	if f.offset > 0 {
		request.Header.Set("Range", "bytes="+strconv.FormatInt(f.offset, 10)+"-")
	}
	response, err := f.fs.options.Client.Do(request)
	if err != nil {
		return err
	}
	if err := f.accept(response); err != nil {
		return errors.Join(err, response.Body.Close())
	}
	f.body = response.Body
	return nil
}

// accept looks at an answer, and skips what is known of it already.
func (f *file) accept(r *http.Response) error {
	switch {
	case r.StatusCode == http.StatusNotFound || r.StatusCode == http.StatusGone:
		return permanent{fs.ErrNotExist}
	case r.StatusCode == http.StatusForbidden || r.StatusCode == http.StatusUnauthorized:
		return permanent{koji.Errorf(koji.ErrDenied, koji.FaultGeneric, "%s: %s", f.name, r.Status)}
	case r.StatusCode == http.StatusTooManyRequests || r.StatusCode >= 500:
		return koji.Errorf(koji.ErrUnavailable, koji.FaultGeneric, "%s", r.Status)
	case r.StatusCode != http.StatusOK && (r.StatusCode != http.StatusPartialContent || f.offset == 0):
		return permanent{koji.Errorf(koji.ErrUnavailable, koji.FaultGeneric, "%s: unexpected answer %s", f.name, r.Status)}
	}
	if f.offset == 0 {
		f.length, f.version = r.ContentLength, version(r)
		f.modified, _ = http.ParseTime(r.Header.Get("Last-Modified"))
		return nil
	}
	if version(r) != f.version {
		return permanent{koji.Errorf(koji.ErrConflict, koji.FaultGeneric, "%s: changed while it was read", f.name)}
	}
	if r.StatusCode == http.StatusPartialContent {
		if got := r.Header.Get("Content-Range"); !strings.HasPrefix(got, fmt.Sprintf("bytes %d-", f.offset)) {
			return permanent{koji.Errorf(koji.ErrUnavailable, koji.FaultGeneric, "%s: asked for bytes from %d on, got %.60q", f.name, f.offset, got)}
		}
		return nil
	}
	// The server knows no ranges.
	_, err := io.CopyN(io.Discard, r.Body, f.offset)
	return err
}

// version returns what tells the content of an answer from another.
func version(r *http.Response) string {
	return cmp.Or(r.Header.Get("ETag"), r.Header.Get("Last-Modified"))
}

// Read implements [io.Reader].
func (f *file) Read(p []byte) (int, error) {
	for f.err == nil {
		n, err := f.body.Read(p)
		f.offset += int64(n)
		switch {
		case err == nil, n > 0:
			return n, nil
		case errors.Is(err, io.EOF) && (f.length < 0 || f.offset >= f.length):
			f.err = io.EOF
		default:
			_ = f.body.Close() // it has failed already
			f.err = f.retry()
		}
	}
	return 0, f.err
}

// Close implements [io.Closer].
func (f *file) Close() error { return f.body.Close() }

// Stat implements [fs.File]. The size is -1 if the server does not tell it.
func (f *file) Stat() (fs.FileInfo, error) { return info{f}, nil }

// info is what is known of a file.
type info struct{ file *file }

func (i info) Name() string       { return path.Base(i.file.name) }
func (i info) Size() int64        { return i.file.length }
func (i info) Mode() fs.FileMode  { return 0o444 }
func (i info) ModTime() time.Time { return i.file.modified }
func (i info) IsDir() bool        { return false }
func (i info) Sys() any           { return nil }
