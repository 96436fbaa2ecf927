package files_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/storage/files"
)

func BenchmarkWriteFile(b *testing.B) {
	tree := open(b, files.Options{})
	data := make([]byte, 4408)
	b.ReportAllocs()
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		require.NoError(b, tree.WriteFile("packages/foo/1/1/data/sigcache/00112233/x86_64/foo.rpm.sig", data))
	}
}

// Staging without syncing, which depends on the disk: a signature header, and the
// publishing of a directory of one file.
func BenchmarkStage(b *testing.B) {
	tree := open(b, files.Options{})
	s, err := tree.Stage(".")
	require.NoError(b, err)
	data := make([]byte, 4408)
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		n++
		dir := fmt.Sprintf("packages/foo%d/1/1", n)
		require.NoError(b, s.WriteFile(dir+"/data/sigcache/00112233/x86_64/foo.rpm.sig", data))
		require.NoError(b, s.Publish(dir))
	}
	require.NoError(b, s.Discard())
}
