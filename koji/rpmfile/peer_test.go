package rpmfile

import (
	"bytes"
	"compress/gzip"
	"encoding/hex"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/sassoftware/go-rpmutils"
	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/internal/hosttool"
)

// constants returns the tags that tag.go declares under names with the prefix,
// by the rest of the name.
func constants(t *testing.T, prefix string) map[string]Tag {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "tag.go", nil, 0)
	require.NoError(t, err)
	tags := make(map[string]Tag)
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) == 0 {
			return true
		}
		name, ok := strings.CutPrefix(spec.Names[0].Name, prefix)
		if lit, isLit := spec.Values[0].(*ast.BasicLit); ok && isLit {
			number, err := strconv.Atoi(lit.Value)
			require.NoError(t, err)
			tags[name] = Tag(number)
		}
		return true
	})
	require.NotEmpty(t, tags)
	return tags
}

// render gives the values of an entry as rpm --queryformat prints them, each
// followed by a unit separator.
func render(e Entry) string {
	var b strings.Builder
	switch {
	case e.Type == TypeI18NString: // rpm picks one by locale
		fmt.Fprintf(&b, "%s\x1f", e.String())
	case e.isText():
		for s := range e.StringSeq() {
			fmt.Fprintf(&b, "%s\x1f", s)
		}
	case e.Type == TypeBinary:
		fmt.Fprintf(&b, "%s\x1f", hex.EncodeToString(e.Bytes()))
	default:
		for n := range e.Uints().All() {
			fmt.Fprintf(&b, "%d\x1f", n)
		}
	}
	return b.String()
}

// query asks rpm for all values of the tags called names.
func query(t *testing.T, file string, names []string) map[string]string {
	t.Helper()
	var format strings.Builder
	for _, name := range names {
		fmt.Fprintf(&format, "[%%{%s}\x1f]\x1e", strings.ToUpper(name))
	}
	cmd := exec.Command(hosttool.Need(t, "rpm"), "-qp", "--nosignature", "--nodigest", "--qf", format.String(), file)
	cmd.Env = append(cmd.Environ(), "LC_ALL=C.UTF-8")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(t, err, "%s", stderr.String())
	values := strings.Split(strings.TrimSuffix(string(out), "\x1e"), "\x1e")
	require.Len(t, values, len(names))
	answers := make(map[string]string)
	for i, name := range names {
		answers[name] = values[i]
	}
	return answers
}

func TestTagsAgreeWithRPM(t *testing.T) {
	hosttool.Need(t, "rpm")
	tags := constants(t, "Tag")
	var names []string
	for name := range tags {
		names = append(names, name)
	}
	// What rpm answers from other tags when the tag itself is absent.
	derived := map[string]bool{
		"LongSize": true, "LongArchiveSize": true, "LongFileSizes": true, "ArchiveSize": true,
		"OldFilenames": true, "HeaderImmutable": true,
	}
	seen := make(map[string]bool)
	eachCorpus(t, func(t *testing.T, dir string) {
		for _, tc := range fixtures {
			path := filepath.Join(dir, tc.file)
			f, err := ReadFile(path)
			require.NoError(t, err)
			for name, answer := range query(t, path, names) {
				e, ok := f.Header.Lookup(tags[name])
				switch {
				case name == "HeaderImmutable": // rpm prints the header, not the marker
				case ok:
					require.Equal(t, answer, render(e), "%s: %s", tc.file, name)
					seen[name] = true
				case !derived[name]:
					require.Empty(t, answer, "%s: %s", tc.file, name)
				}
			}
		}
	})
	require.Greater(t, len(seen), 90)
}

// Tags that no package of the fixtures has, in a header made by hand.
func TestRareTagsAgreeWithRPM(t *testing.T) {
	tags := constants(t, "Tag")
	list := items(parse(t, load(t, "testdata", "plain.rpm")).Header)
	var names []string
	add := func(name string, it item) {
		names = append(names, name)
		list = append(list, it)
	}
	for _, name := range []string{"Distribution", "DistURL"} {
		add(name, text(tags[name], "text of "+name))
	}
	for _, name := range []string{
		"Patch", "ExcludeArch", "ExcludeOS", "ExclusiveArch", "ExclusiveOS", "OldSuggestsName", "OldSuggestsVersion",
		"OldEnhancesName", "OldEnhancesVersion",
	} {
		add(name, texts(tags[name], "first of "+name, "second of "+name))
	}
	for i, name := range []string{"NoPatch", "ArchiveSize", "OldSuggestsFlags", "OldEnhancesFlags"} {
		add(name, uint32s(tags[name], uint32(i+1)))
	}
	for i, name := range []string{"LongSize", "LongFileSizes"} {
		add(name, item{tags[name], TypeInt64, 1, []byte{1, 2, 3, 4, 5, 6, 7, byte(i)}})
	}
	add("FileStates", item{TagFileStates, TypeChar, 2, []byte{1, 3}})
	add("SourcePkgID", binaryItem(TagSourcePkgID, []byte("0123456789abcdef")))

	// rpm would answer with these for ARCHIVESIZE, and takes the long form from
	// the signature header only.
	signature := without(items(&parse(t, load(t, "testdata", "plain.rpm")).Signature.Header), SigTagPayloadSize)
	long := item{SigTagLongArchiveSize, TypeInt64, 1, []byte{1, 2, 3, 4, 5, 6, 7, 8}}
	signature = append([]item{long}, signature...)
	path := filepath.Join(t.TempDir(), "rare.rpm")
	writeFile(t, path, assemble(t, encode(TagHeaderSignatures, signature...), encode(TagHeaderImmutable, list...), nil))
	f, err := ReadFile(path)
	require.NoError(t, err)
	for name, answer := range query(t, path, names) {
		e, ok := f.Header.Lookup(tags[name])
		require.True(t, ok)
		require.Equal(t, answer, render(e), name)
	}
	e, _ := f.Signature.Lookup(SigTagLongArchiveSize)
	require.Equal(t, query(t, path, []string{"LongArchiveSize"})["LongArchiveSize"], render(e))
}

func TestPackageOfRPM3AgreesWithRPM(t *testing.T) {
	// As written before regions existed: neither header has a marker, and files
	// have complete paths.
	plain := parse(t, load(t, "testdata", "plain.rpm"))
	list := without(items(plain.Header), TagBaseNames, TagDirNames, TagDirIndexes)
	list = append(list, texts(TagOldFilenames, "/usr/share/plain", "/usr/share/plain/file"))
	path := filepath.Join(t.TempDir(), "old.rpm")
	writeFile(t, path, assemble(t, encode(0, items(&plain.Signature.Header)...), encode(0, list...), nil))
	f, err := ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "plain-1.0-1.noarch", f.NVRA().String())
	answers := query(t, path, []string{"FileNames", "FileModes", "SIGMD5"})
	e, _ := f.Header.Lookup(TagOldFilenames)
	require.Equal(t, answers["FileNames"], render(e))
	e, _ = f.Header.Lookup(TagFileModes)
	require.Equal(t, answers["FileModes"], render(e))
	e, _ = f.Signature.Lookup(SigTagMD5)
	require.Equal(t, answers["SIGMD5"], render(e))
}

func TestSignatureTagsAgreeWithRPM(t *testing.T) {
	hosttool.Need(t, "rpm")
	names := map[string]Tag{ // rpm's names for what it merges into the main header
		"DSAHEADER": SigTagDSA, "RSAHEADER": SigTagRSA, "SHA1HEADER": SigTagSHA1, "SHA256HEADER": SigTagSHA256,
		"SIGSIZE": SigTagSize, "SIGPGP": SigTagPGP, "SIGMD5": SigTagMD5, "SIGGPG": SigTagGPG, "ARCHIVESIZE": SigTagPayloadSize,
	}
	var list []string
	for name := range names {
		list = append(list, name)
	}
	eachCorpus(t, func(t *testing.T, dir string) {
		for _, tc := range fixtures {
			path := filepath.Join(dir, tc.file)
			f, err := ReadFile(path)
			require.NoError(t, err)
			for name, answer := range query(t, path, list) {
				if e, ok := f.Signature.Lookup(names[name]); ok {
					require.Equal(t, answer, render(e), "%s: %s", tc.file, name)
				} else {
					require.Empty(t, answer, "%s: %s", tc.file, name)
				}
			}
		}
	})
}

func TestHeaderRangeAgreesWithCreaterepo(t *testing.T) {
	createrepo := hosttool.Need(t, "createrepo_c")
	for _, tc := range fixtures {
		dir := t.TempDir()
		data := load(t, "testdata", tc.file)
		writeFile(t, filepath.Join(dir, "x.rpm"), data)
		out, err := exec.Command(createrepo, "--quiet", "--general-compress-type=gz", dir).CombinedOutput()
		require.NoError(t, err, "%s", out)
		f := parse(t, data)
		require.Contains(t, primary(t, dir), fmt.Sprintf(`<rpm:header-range start="%d" end="%d"/>`, f.HeaderStart, f.HeaderEnd), tc.file)
	}
}

// primary returns the primary metadata of the repository in dir.
func primary(t *testing.T, dir string) string {
	paths, err := filepath.Glob(filepath.Join(dir, "repodata", "*-primary.xml.gz"))
	require.NoError(t, err)
	require.Len(t, paths, 1)
	r, err := gzip.NewReader(bytes.NewReader(load(t, paths[0])))
	require.NoError(t, err)
	text, err := io.ReadAll(r)
	require.NoError(t, err)
	return string(text)
}

func TestHeaderAgreesWithGoRPMUtils(t *testing.T) {
	for _, tc := range fixtures {
		data := load(t, "testdata", tc.file)
		f := parse(t, data)
		peer, err := rpmutils.ReadHeader(bytes.NewReader(data))
		require.NoError(t, err)
		require.EqualValues(t, f.HeaderStart, peer.GetRange().Start)
		require.EqualValues(t, f.HeaderEnd, peer.GetRange().End)

		const sigBase = 16384 // where go-rpmutils puts signature tags from 1000 on
		compare := func(h *Header, number func(Tag) (int, bool)) {
			for e := range h.Entries() {
				tag, reachable := number(e.Tag)
				if !reachable {
					continue
				}
				switch {
				case e.isText():
					want, err := peer.GetStrings(tag)
					require.NoError(t, err)
					require.Equal(t, want, e.Strings(), "%s: tag %d", tc.file, e.Tag)
				case e.Type == TypeBinary:
					want, err := peer.GetBytes(tag)
					require.NoError(t, err)
					require.Equal(t, want, e.Bytes(), "%s: tag %d", tc.file, e.Tag)
				default:
					want, err := peer.GetUint64s(tag)
					require.NoError(t, err)
					require.Len(t, want, e.Count)
					for i, n := range want {
						require.Equal(t, n, e.Uints().At(i), "%s: tag %d", tc.file, e.Tag)
					}
				}
			}
		}
		compare(f.Header, func(tag Tag) (int, bool) { return int(tag), tag >= 1000 })
		compare(&f.Signature.Header, func(tag Tag) (int, bool) {
			if tag >= 1000 {
				tag += sigBase
			}
			return int(tag), tag >= 100
		})
	}
}
