package corpus_test

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/internal/corpus"
	"github.com/kojikit/kojikit/internal/hosttool"
	"github.com/kojikit/kojikit/koji/rpmfile"
)

func Example() {
	for r := range corpus.Generate(corpus.Options{Packages: 3, Seed: 1}) {
		fmt.Println(len(r.Files) > 0, len(r.Changelog) > 0, strings.HasSuffix(r.FileName(), "."+r.Arch+".rpm"))
	}
	// Output:
	// true true true
	// true true true
	// true true true
}

// digest returns a digest over the names and contents of all files below dir.
func digest(t *testing.T, dir string) (sum string, files []string) {
	t.Helper()
	h := sha256.New()
	require.NoError(t, filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		content, err := os.ReadFile(name)
		files = append(files, name)
		rel, _ := filepath.Rel(dir, name)
		h.Write(fmt.Appendln(nil, rel, info.ModTime().Unix(), len(content)))
		h.Write(content)
		return err
	}))
	return fmt.Sprintf("%x", h.Sum(nil)), files
}

func TestSameOptionsGiveSameFiles(t *testing.T) {
	write := func(o corpus.Options) string {
		dir := t.TempDir()
		require.NoError(t, corpus.Write(dir, o))
		sum, files := digest(t, dir)
		require.Len(t, files, o.Packages)
		return sum
	}
	options := corpus.Options{Packages: 60, Seed: 7, Sources: true, Payload: 100}
	first := write(options)
	require.Equal(t, first, write(options))
	options.Seed++
	require.NotEqual(t, first, write(options))
}

func TestNumbersAreThoseOfADistribution(t *testing.T) {
	const n = 5000
	var files, most, requires, provides, changes int
	names := map[string]bool{}
	for r := range corpus.Generate(corpus.Options{Packages: n, Seed: 3}) {
		files += len(r.Files)
		most = max(most, len(r.Files))
		requires += len(r.Requires)
		provides += len(r.Provides)
		changes += len(r.Changelog)
		names[r.FileName()] = true
	}
	require.Len(t, names, n, "file names are unique")
	require.InDelta(t, 120, files/n, 60)
	require.Greater(t, most, 1500, "the tail of files is long")
	require.InDelta(t, 20, requires/n, 10)
	require.InDelta(t, 9, provides/n, 6)
	require.InDelta(t, 20, changes/n, 10)
}

func TestRPMAcceptsTheFiles(t *testing.T) {
	rpm := hosttool.Need(t, "rpm")
	dir := t.TempDir()
	require.NoError(t, corpus.Write(dir, corpus.Options{Packages: 40, Seed: 5, Sources: true, Payload: 2000}))
	_, files := digest(t, dir)

	var want []string
	for r := range corpus.Generate(corpus.Options{Packages: 40, Seed: 5, Sources: true, Payload: 2000}) {
		epoch := "(none)"
		if r.Epoch != nil {
			epoch = fmt.Sprint(*r.Epoch)
		}
		want = append(want, fmt.Sprintf("%s %s %s %d %d %d", strings.TrimSuffix(r.FileName(), "."+r.Arch+".rpm"), epoch, r.Arch,
			len(r.Files), len(r.Requires), len(r.Changelog)))
	}
	format := "%{NVR} %{EPOCH} %{ARCH} %{#BASENAMES} %{#REQUIRENAME} %{#CHANGELOGTIME}\n"
	out, err := exec.Command(rpm, append([]string{"-qp", "--qf", format}, files...)...).Output()
	require.NoError(t, err)
	got := strings.Split(strings.TrimSpace(string(out)), "\n")
	for i, line := range want {
		want[i] = strings.ReplaceAll(line, ".src.rpm", "") // NVR has no arch
	}
	require.ElementsMatch(t, want, got)

	out, err = exec.Command(rpm, append([]string{"-K", "--nosignature"}, files...)...).CombinedOutput()
	require.NoError(t, err, string(out))
	require.Equal(t, len(files), strings.Count(string(out), ": digests OK"), string(out))
}

func TestHeaderHoldsWhatTheRPMSays(t *testing.T) {
	epoch := uint32(3)
	r := corpus.RPM{
		Name: "a", Version: "1", Release: "2", Arch: "noarch", Epoch: &epoch, SourceRPM: "a-1-2.src.rpm",
		BuildTime: time.Unix(1700000000, 0),
		Requires:  []corpus.Dep{{Name: "b", EVR: "1:2-3", Flags: corpus.Greater | corpus.Equal}},
		Files:     []corpus.File{{Path: "/etc/x"}, {Path: "/etc/d", Mode: corpus.Dir}, {Path: "/usr/y"}},
		Edit: func(signature, main *corpus.Header) {
			signature.Bin(1008, []byte{1, 2, 3})
			main.Int64(5009, 1<<40)
		},
	}
	name, err := r.WriteTo(t.TempDir())
	require.NoError(t, err)
	require.Equal(t, "a-1-2.noarch.rpm", filepath.Base(name))
	info, err := os.Stat(name)
	require.NoError(t, err)
	require.Equal(t, int64(1700000000), info.ModTime().Unix())

	f, err := rpmfile.ReadFile(name)
	require.NoError(t, err)
	require.Equal(t, "3", f.NVRA().Epoch)
	require.Equal(t, "a-1-2.noarch", f.NVRA().String())
	require.Equal(t, []string{"x", "d", "y"}, f.Header.Strings(rpmfile.TagBaseNames))
	require.Equal(t, []string{"/etc/", "/usr/"}, f.Header.Strings(rpmfile.TagDirNames))
	require.Equal(t, uint64(1<<40), f.Header.Uint(rpmfile.TagLongSize))
	require.Equal(t, uint64(corpus.Greater|corpus.Equal), f.Header.Uint(rpmfile.TagRequireFlags))
	require.Equal(t, []byte{1, 2, 3}, f.Signature.Bytes(rpmfile.SigTagReservedSpace))
	require.Zero(t, f.HeaderStart%8)
}
