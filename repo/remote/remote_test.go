package remote_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/repo/remote"
	"github.com/kojikit/kojikit/repo/rpmmd"
)

var quick = remote.Options{Wait: time.Microsecond}

// serve starts a server and returns its files.
func serve(t testing.TB, handler http.HandlerFunc, o remote.Options) *remote.FS {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	files, err := remote.New(t.Context(), server.URL+"/a%20repo/", o)
	require.NoError(t, err)
	return files
}

// broken lets no more than some bytes of an answer through.
type broken struct {
	http.ResponseWriter
	left int
}

func (b *broken) Write(p []byte) (int, error) {
	if len(p) > b.left {
		_, _ = b.ResponseWriter.Write(p[:b.left])
		_ = http.NewResponseController(b.ResponseWriter).Flush()
		panic(http.ErrAbortHandler)
	}
	b.left -= len(p)
	return b.ResponseWriter.Write(p)
}

func TestDownloadsAreResumed(t *testing.T) {
	data := make([]byte, 300_000)
	rng := rand.New(rand.NewPCG(1, 1))
	for i := range data {
		data[i] = byte(rng.Uint32())
	}
	for name, ranges := range map[string]bool{"ranges": true, "no ranges": false} {
		t.Run(name, func(t *testing.T) {
			var requests atomic.Int32
			files := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/a repo/dir/file" {
					t.Errorf("unexpected path %q", r.URL.Path)
				}
				n := requests.Add(1)
				w.Header().Set("ETag", `"one"`)
				if !ranges {
					r.Header.Del("Range")
				}
				left := 70_000
				if !ranges {
					left *= int(n) // or else it would never get further
				}
				http.ServeContent(&broken{w, left}, r, "", time.Unix(1000, 0), bytes.NewReader(data))
			}, quick)
			f, err := files.Open("dir/file")
			require.NoError(t, err)
			got, err := io.ReadAll(f)
			require.NoError(t, err)
			require.True(t, bytes.Equal(data, got))
			require.Equal(t, int32(5), requests.Load())
			info, err := f.Stat()
			require.NoError(t, err)
			require.Equal(t, int64(len(data)), info.Size())
			require.Equal(t, int64(1000), info.ModTime().Unix())
			require.NoError(t, f.Close())
		})
	}
}

func TestAFileThatChangesIsAConflict(t *testing.T) {
	var requests atomic.Int32
	files := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", fmt.Sprintf(`"%d"`, requests.Add(1)))
		http.ServeContent(&broken{w, 10}, r, "", time.Time{}, strings.NewReader(strings.Repeat("x", 100)))
	}, quick)
	f, err := files.Open("file")
	require.NoError(t, err)
	_, err = io.ReadAll(f)
	require.ErrorIs(t, err, koji.ErrConflict)
}

func TestFailures(t *testing.T) {
	for name, test := range map[string]struct {
		statuses []int
		kind     error // nil for success
		requests int
	}{
		"not there":    {[]int{404}, fs.ErrNotExist, 1},
		"gone":         {[]int{410}, fs.ErrNotExist, 1},
		"forbidden":    {[]int{403}, koji.ErrDenied, 1},
		"strange":      {[]int{206}, koji.ErrUnavailable, 1},
		"for a moment": {[]int{500, 503, 429, 200}, nil, 4},
		"for good":     {[]int{500, 500, 500, 500, 500, 200}, koji.ErrUnavailable, 5},
		"first at all": {[]int{200}, nil, 1},
	} {
		t.Run(name, func(t *testing.T) {
			var requests atomic.Int32
			files := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(test.statuses[requests.Add(1)-1])
			}, quick)
			f, err := files.Open("file")
			require.Equal(t, int32(test.requests), requests.Load())
			if test.kind == nil {
				require.NoError(t, err)
				require.NoError(t, f.Close())
			} else {
				require.ErrorIs(t, err, test.kind)
			}
		})
	}
	files := serve(t, nil, quick)
	for _, name := range []string{"../x", "/x", "a//b"} {
		_, err := files.Open(name)
		require.ErrorIs(t, err, fs.ErrInvalid)
	}
	for _, address := range []string{"", "file:///etc", "http://", "ftp://example.org/", "http://%zz/"} {
		_, err := remote.New(t.Context(), address, remote.Options{})
		require.ErrorIs(t, err, koji.ErrInvalid, address)
	}
	ctx, cancel := context.WithCancel(t.Context())
	files, err := remote.New(ctx, "http://localhost:1/", remote.Options{Wait: time.Hour})
	require.NoError(t, err)
	time.AfterFunc(time.Millisecond, cancel)
	_, err = files.Open("file")
	require.ErrorIs(t, err, context.Canceled)
}

// memory is a sink that is a file system.
type memory fstest.MapFS

func (m memory) Put(_ context.Context, file *rpmmd.Output) error {
	var b bytes.Buffer
	_, err := file.WriteTo(&b)
	m["repodata/"+file.Name] = &fstest.MapFile{Data: b.Bytes()}
	return err
}

func TestARepositoryIsRead(t *testing.T) {
	m := memory{}
	w := rpmmd.NewWriter(rpmmd.Options{})
	require.NoError(t, w.Add(&rpmmd.Package{Name: "p", Epoch: "0", Version: "1", Release: "1", Arch: "noarch", Location: rpmmd.Location{Href: "p.rpm"}}))
	_, err := w.Write(t.Context(), m)
	require.NoError(t, err)
	files := serve(t, http.StripPrefix("/a repo", http.FileServerFS(fstest.MapFS(m))).ServeHTTP, quick)
	repo, err := rpmmd.Open(files, rpmmd.Limits{})
	require.NoError(t, err)
	var names []string
	for p, err := range repo.Packages(t.Context()) {
		require.NoError(t, err)
		names = append(names, p.Name)
	}
	require.Equal(t, []string{"p"}, names)
}

func ExampleNew() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") }))
	defer server.Close()
	files, err := remote.New(context.Background(), server.URL, remote.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	data, err := fs.ReadFile(files, "greeting")
	fmt.Println(string(data), err)
	// Output: hello <nil>
}
