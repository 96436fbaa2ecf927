package rpmmd_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/repo/rpmmd"
)

// collect returns what a sequence yields.
func collect(seq iter.Seq2[*rpmmd.Package, error]) (packages []*rpmmd.Package, err error) {
	for p, err := range seq {
		if err != nil {
			return packages, err
		}
		packages = append(packages, p)
	}
	return packages, nil
}

func TestWhatIsWrittenReadsBack(t *testing.T) {
	packages := somePackages(700)
	packages[3].Requires = []rpmmd.Dependency{
		{Name: "a & b", Sense: rpmmd.SenseGE, Epoch: "1", Version: "2", Release: "3", Pre: true}, {Name: "(x if y)"}, {Name: "lt", Sense: rpmmd.SenseLT, Version: "1"},
	}
	packages[3].Summary, packages[3].Description = "ünï \"q\" <x>", "line\r\nline\n\ttab"
	packages[3].Location.Base = "http://example.org/?a=1&b"
	packages[4].Supplements = []rpmmd.Dependency{{Name: "s", Sense: rpmmd.SenseLE, Epoch: "0", Version: "1"}}
	packages[4].Files = append(packages[4].Files, rpmmd.File{Dir: "/usr/", Base: "g", Type: rpmmd.GhostFile}, rpmmd.File{Dir: "/", Base: "d", Type: rpmmd.Directory}, rpmmd.File{Base: "p.spec"})
	packages[5].Files = nil
	packages[5].Changelogs = nil
	for _, c := range []rpmmd.Compression{rpmmd.Gzip, rpmmd.Zstd, rpmmd.Uncompressed} {
		m, result := written(t, rpmmd.Options{Compression: c}, packages...)
		repo, err := rpmmd.Open(m.fs, rpmmd.Limits{})
		require.NoError(t, err)
		require.Equal(t, result.Repomd, repo.Repomd)
		got, err := collect(repo.Packages(t.Context()))
		require.NoError(t, err)
		require.Equal(t, packages, got)
	}
}

// site is a repository made by hand.
type site map[string]string

func (s site) open(t *testing.T) *rpmmd.Repository {
	t.Helper()
	repo, err := rpmmd.Open(s.fs(), rpmmd.Limits{})
	require.NoError(t, err)
	return repo
}

func (s site) fs() fstest.MapFS {
	files := fstest.MapFS{}
	for name, content := range s {
		files[name] = &fstest.MapFile{Data: []byte(content)}
	}
	return files
}

func TestOddRepositoriesAreAccepted_27(t *testing.T) {
	s := site{
		"repodata/repomd.xml": `<?xml version='1.0' encoding="utf-8" ?>
<!DOCTYPE repomd>
<!-- a comment --><r:repomd xmlns:r="http://linux.duke.edu/metadata/repo" extra="1">
 <r:revision>x</r:revision><r:unknown><r:data type="no"/></r:unknown>
 <data new='1' type="primary"><location xml:base="" href="./repodata/p.xml"/><timestamp>1700000000.57</timestamp><thing/></data>
 <data type="strange"><checksum type="sha">x</checksum><location href="s" xml:base="http://elsewhere/"></location></data>
</r:repomd><?done?>
`,
		"repodata/p.xml": "\ufeff" + `<metadata packages="7"><package type="rpm"><arch>noarch</arch><name>a<!-- b -->c<![CDATA[<d>]]></name>
<version rel="2" ver="1"/><checksum pkgid="YES" type="sha">ab</checksum><summary/>
<location href="./x.rpm" xml:base="http://b/"/><time/><size package="5" unknown="x"/>
<format><rpm:provides><rpm:entry pre="0" name="n&#x41;&lt;" flags="??" ver="1"/></rpm:provides><new>1</new><file>/etc/x</file></format><more><name>no</name></more></package>
<package/><unknown><package/></unknown></metadata>`,
	}
	repo := s.open(t)
	require.Equal(t, "x", repo.Repomd.Revision)
	require.Len(t, repo.Repomd.Records, 2)
	require.Equal(t, int64(1700000000), repo.Repomd.Records[0].Timestamp)
	require.Equal(t, rpmmd.Record{
		Type: "strange", Checksum: rpmmd.Checksum{Type: rpmmd.SHA, Value: "x"}, Location: rpmmd.Location{Href: "s", Base: "http://elsewhere/"},
	}, repo.Repomd.Records[1])

	packages, err := collect(repo.Packages(t.Context()))
	require.NoError(t, err)
	require.Len(t, packages, 2)
	require.Equal(t, &rpmmd.Package{
		Name: "ac<d>", Epoch: "0", Version: "1", Release: "2", Arch: "noarch", Checksum: rpmmd.Checksum{Type: rpmmd.SHA, Value: "ab"},
		Location: rpmmd.Location{Href: "./x.rpm", Base: "http://b/"}, Size: 5,
		Provides: []rpmmd.Dependency{{Name: "nA<"}}, Files: []rpmmd.File{{Dir: "/etc/", Base: "x"}},
	}, packages[0])
}

// document returns primary.xml with the given content.
func document(content string) string {
	return `<?xml version="1.0" encoding="UTF-8"?><metadata packages="1">` + content + "</metadata>"
}

func TestMalformedDocumentsAreErrors(t *testing.T) {
	for name, test := range map[string]struct {
		doc  string
		want string
	}{
		"empty":               {"", "ends too early"},
		"no root":             {"<?xml version=\"1.0\"?>\n", "ends too early"},
		"other root":          {"<filelists/>", `root element is "filelists"`},
		"unclosed":            {`<metadata><package><name>x`, "ends too early"},
		"unclosed tag":        {`<metadata a="1`, "ends too early"},
		"crossed":             {document("<package><name></package></name>"), `end tag "package" does not match`},
		"text before":         {"x<metadata/>", "text outside"},
		"text after":          {"<metadata/>x", "text outside"},
		"two roots":           {"<metadata/><metadata/>", "unexpected tag"},
		"bare ampersand":      {document("<package><name>a & b</name></package>"), "reference"},
		"unknown entity":      {document("<package><name>&nbsp;</name></package>"), "unknown reference"},
		"reference to nul":    {document("<package><name>&#0;</name></package>"), "unknown reference"},
		"surrogate":           {document("<package><name>&#xD800;</name></package>"), "unknown reference"},
		"too high":            {document("<package><name>&#x110000;</name></package>"), "unknown reference"},
		"control character":   {document("<package><name>\x07</name></package>"), "control character 0x07"},
		"not UTF-8":           {document("<package><name>\xe9</name></package>"), "not UTF-8"},
		"not UTF-8 attribute": {document("<package><location href='\xe9'/></package>"), "not UTF-8"},
		"noncharacter":        {document("<package><name>\uffff</name></package>"), "XML forbids"},
		"no quotes":           {document("<package type=rpm></package>"), "has no quotes"},
		"no value":            {document("<package type></package>"), "malformed attribute"},
		"tag in tag":          {document("<package <name/>></package>"), "tag within a tag"},
		"encoding":            {`<?xml version="1.0" encoding="ISO-8859-1"?><metadata/>`, "encoding"},
		"entities":            {`<!DOCTYPE metadata [<!ENTITY x "y">]><metadata/>`, "declarations"},
		"declaration inside":  {document("<!ELEMENT x>"), "declarations"},
		"not a number":        {document(`<package><size package="1x"/></package>`), `"1x" is not a number`},
		"too large a number":  {document(`<package><size package="99999999999999999999"/></package>`), "is not a number"},
		"unclosed comment":    {document("<!-- "), "ends too early"},
		"unclosed cdata":      {document("<package><![CDATA[ "), "ends too early"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := collect(rpmmd.ReadPrimary(strings.NewReader(test.doc), rpmmd.Limits{}))
			require.ErrorIs(t, err, koji.ErrInvalid)
			require.ErrorContains(t, err, test.want)
			require.ErrorContains(t, err, "primary.xml: byte ")
		})
	}
}

func TestLimitsHold(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	for name, test := range map[string]struct {
		doc    string
		limits rpmmd.Limits
	}{
		"text":      {document("<package><name>" + long + "</name></package>"), rpmmd.Limits{Token: 1000}},
		"attribute": {document("<package><location href='" + long + "'/></package>"), rpmmd.Limits{Token: 1000}},
		"comment":   {document("<!--" + long + "-->"), rpmmd.Limits{Token: 1000}},
		"package":   {document("<package>" + strings.Repeat("<name/>", 10000) + "</package>"), rpmmd.Limits{Package: 1000}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := collect(rpmmd.ReadPrimary(strings.NewReader(test.doc), test.limits))
			require.ErrorIs(t, err, koji.ErrLimit)
			_, err = collect(rpmmd.ReadPrimary(strings.NewReader(test.doc), rpmmd.Limits{}))
			require.NoError(t, err)
		})
	}
	_, err := collect(rpmmd.ReadPrimary(strings.NewReader(strings.Repeat("<a>", 1000)), rpmmd.Limits{}))
	require.ErrorIs(t, err, koji.ErrInvalid)
	_, err = rpmmd.ReadRepomd(strings.NewReader("<repomd><revision>"+long), rpmmd.Limits{IndexFile: 100})
	require.Error(t, err)
}

func TestReadErrorsArePassedOn(t *testing.T) {
	doc := document(strings.Repeat("<package><name>x</name></package>", 10000))
	for _, n := range []int{0, 10, 100, 70000} {
		r := io.MultiReader(strings.NewReader(doc[:n]), iotest.ErrReader(iotest.ErrTimeout))
		_, err := collect(rpmmd.ReadPrimary(r, rpmmd.Limits{}))
		require.ErrorIs(t, err, iotest.ErrTimeout)
	}
	packages, err := collect(rpmmd.ReadPrimary(iotest.OneByteReader(strings.NewReader(doc)), rpmmd.Limits{}))
	require.NoError(t, err)
	require.Len(t, packages, 10000)
	packages, err = collect(rpmmd.ReadPrimary(iotest.DataErrReader(strings.NewReader(doc)), rpmmd.Limits{}))
	require.NoError(t, err)
	require.Len(t, packages, 10000)
}

func TestDamageIsNoticed(t *testing.T) {
	m, result := written(t, rpmmd.Options{SimpleNames: true}, somePackages(100)...)
	for _, record := range result.Repomd.Records {
		name := record.Location.Href
		for what, damage := range map[string]func([]byte) []byte{
			"flipped":  func(b []byte) []byte { b[len(b)/2] ^= 1; return b },
			"cut":      func(b []byte) []byte { return b[:len(b)/2] },
			"extended": func(b []byte) []byte { return append(b, 0) },
			"empty":    func([]byte) []byte { return nil },
		} {
			t.Run(record.Type+" "+what, func(t *testing.T) {
				files := maps.Clone(m.fs)
				files[name] = &fstest.MapFile{Data: damage(slices.Clone(files[name].Data))}
				repo, err := rpmmd.Open(files, rpmmd.Limits{})
				require.NoError(t, err)
				_, err = collect(repo.Packages(t.Context()))
				require.Error(t, err)
			})
		}
	}
}

func TestChecksumsAndSizesAreVerified(t *testing.T) {
	for name, change := range map[string]func(*rpmmd.Record){
		"checksum":           func(r *rpmmd.Record) { r.Checksum.Value = strings.Repeat("0", 64) },
		"open checksum":      func(r *rpmmd.Record) { r.OpenChecksum.Value = strings.Repeat("0", 64) },
		"smaller":            func(r *rpmmd.Record) { r.Size-- },
		"larger":             func(r *rpmmd.Record) { r.Size++ },
		"open smaller":       func(r *rpmmd.Record) { r.OpenSize-- },
		"open larger":        func(r *rpmmd.Record) { r.OpenSize++ },
		"unknown type":       func(r *rpmmd.Record) { r.Checksum.Type = "crc" },
		"unknown open type":  func(r *rpmmd.Record) { r.OpenChecksum.Type = "crc" },
		"outside":            func(r *rpmmd.Record) { r.Location.Href = "../repodata/primary.xml.zst" },
		"absolute":           func(r *rpmmd.Record) { r.Location.Href = "/etc/passwd" },
		"elsewhere":          func(r *rpmmd.Record) { r.Location.Base = "http://example.org/" },
		"not there":          func(r *rpmmd.Record) { r.Location.Href = "repodata/x" },
		"unsupported format": func(r *rpmmd.Record) { r.Location.Href = "repodata/x.xz" },
	} {
		t.Run(name, func(t *testing.T) {
			m, _ := written(t, rpmmd.Options{SimpleNames: true}, somePackages(10)...)
			m.fs["repodata/x.xz"] = &fstest.MapFile{Data: []byte("\xfd7zXZ\x00")}
			repo, err := rpmmd.Open(m.fs, rpmmd.Limits{})
			require.NoError(t, err)
			_, err = collect(repo.Packages(t.Context()))
			require.NoError(t, err)
			change(&repo.Repomd.Records[0])
			_, err = collect(repo.Packages(t.Context()))
			require.Error(t, err)
		})
	}
	// Upper case, white space and absent values are fine.
	m, _ := written(t, rpmmd.Options{SimpleNames: true}, somePackages(10)...)
	repo, err := rpmmd.Open(m.fs, rpmmd.Limits{})
	require.NoError(t, err)
	r := &repo.Repomd.Records[0]
	r.Checksum.Value = "\n " + strings.ToUpper(r.Checksum.Value)
	r.OpenChecksum, r.OpenSize, r.Size = rpmmd.Checksum{}, 0, 0
	_, err = collect(repo.Packages(t.Context()))
	require.NoError(t, err)
}

func TestABombIsStopped(t *testing.T) {
	bomb := bytes.Repeat([]byte("<!-- nothing -->"), 1<<16)
	w := rpmmd.NewWriter(rpmmd.Options{SimpleNames: true})
	require.NoError(t, w.AddFile("bomb", "bomb.xml", bytes.NewReader(bomb)))
	m := &memory{}
	_, err := w.Write(t.Context(), m)
	require.NoError(t, err)
	repo, err := rpmmd.Open(m.fs, rpmmd.Limits{Document: 1000})
	require.NoError(t, err)
	record, _ := repo.Repomd.Record("bomb")
	for _, size := range []int64{0, 999} {
		record.OpenSize = size
		r, err := repo.OpenRecord(record)
		require.NoError(t, err)
		n, err := io.Copy(io.Discard, r)
		require.ErrorIs(t, err, koji.ErrLimit)
		require.LessOrEqual(t, n, int64(1000))
	}
}

func TestCompressionIsFoundBySuffixAndThenByContent(t *testing.T) {
	for _, c := range []rpmmd.Compression{rpmmd.Gzip, rpmmd.Zstd, rpmmd.Uncompressed} {
		m, result := written(t, rpmmd.Options{Compression: c}, somePackages(3)...)
		for i := range result.Repomd.Records {
			r := &result.Repomd.Records[i]
			name := fmt.Sprintf("repodata/%d.unknown", i)
			m.fs[name] = m.fs[r.Location.Href]
			r.Location.Href = name
		}
		m.fs["repodata/repomd.xml"] = &fstest.MapFile{Data: result.Repomd.Append(nil)}
		repo, err := rpmmd.Open(m.fs, rpmmd.Limits{})
		require.NoError(t, err)
		packages, err := collect(repo.Packages(t.Context()))
		require.NoError(t, err)
		require.Equal(t, somePackages(3), packages)
	}
}

// shuffled is a repository whose three files have different orders.
func shuffled(t *testing.T, packages []*rpmmd.Package, orders [3][]int) *rpmmd.Repository {
	t.Helper()
	s := site{}
	m := &rpmmd.Repomd{}
	for i, d := range []struct {
		typ, root string
		render    func(*rpmmd.Package, []byte) []byte
	}{
		{"primary", "metadata", (*rpmmd.Package).AppendPrimary}, {"filelists", "filelists", (*rpmmd.Package).AppendFilelists}, {"other", "otherdata", (*rpmmd.Package).AppendOther},
	} {
		doc := []byte("<" + d.root + ">")
		for _, n := range orders[i] {
			doc = d.render(packages[n], doc)
		}
		doc = append(doc, "</"+d.root+">"...)
		sum := sha256.Sum256(doc)
		s["repodata/"+d.typ] = string(doc)
		m.Records = append(m.Records, rpmmd.Record{
			Type: d.typ, Location: rpmmd.Location{Href: "repodata/" + d.typ}, Size: int64(len(doc)),
			Checksum: rpmmd.Checksum{Type: rpmmd.SHA256, Value: hex.EncodeToString(sum[:])},
		})
	}
	s["repodata/repomd.xml"] = string(m.Append(nil))
	repo, err := rpmmd.Open(s.fs(), rpmmd.Limits{Pending: 3})
	require.NoError(t, err)
	return repo
}

func TestFilesAreJoinedByPkgid(t *testing.T) {
	packages := somePackages(5)
	packages[4].Checksum = packages[3].Checksum // equal content, other name
	all := []int{0, 1, 2, 3, 4}
	for name, orders := range map[string][3][]int{
		"same":     {all, all, all},
		"shuffled": {all, {3, 1, 0, 2, 4}, {4, 0, 1, 2, 3}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := collect(shuffled(t, packages, orders).Packages(t.Context()))
			require.NoError(t, err)
			require.Len(t, got, 5)
			for i := range 3 {
				require.Equal(t, packages[i], got[i])
			}
			require.ElementsMatch(t, []string{packages[3].Name, packages[4].Name}, []string{got[3].Name, got[4].Name})
		})
	}

	got, err := collect(shuffled(t, packages, [3][]int{all, {0, 2}, {}}).Packages(t.Context()))
	require.NoError(t, err)
	require.Equal(t, packages[0].Files, got[0].Files)
	require.Empty(t, got[0].Changelogs)
	require.Equal(t, packages[1].Files[:1], got[1].Files, "primary files alone")

	_, err = collect(shuffled(t, somePackages(9), [3][]int{{0, 1, 2, 3, 4, 5}, {5, 4, 3, 2, 1, 0}, {}}).Packages(t.Context()))
	require.ErrorIs(t, err, koji.ErrLimit)
}

func TestExtendedFilelistsWillDo(t *testing.T) {
	doc := `<filelists-ext xmlns="http://linux.duke.edu/metadata/filelists-ext" packages="1"><package pkgid="1" name="a" arch="noarch"><version epoch="1" ver="2" rel="3"/>` +
		`<checksum type="sha256"/><file hash="abc">/usr/a</file><file type="dir">/usr/d</file></package></filelists-ext>`
	repo := site{
		"repodata/repomd.xml": `<repomd><data type="primary"><location href="repodata/p"/></data><data type="filelists-ext"><location href="repodata/f"/></data></repomd>`,
		"repodata/p":          document(`<package><name>a</name><checksum>1</checksum></package>`),
		"repodata/f":          doc,
	}.open(t)
	packages, err := collect(repo.Packages(t.Context()))
	require.NoError(t, err)
	require.Equal(t, []rpmmd.File{{Dir: "/usr/", Base: "a"}, {Dir: "/usr/", Base: "d", Type: rpmmd.Directory}}, packages[0].Files)
}

func TestReadingCanBeCancelledAndLeft(t *testing.T) {
	m, _ := written(t, rpmmd.Options{}, somePackages(1000)...)
	repo, err := rpmmd.Open(m.fs, rpmmd.Limits{})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	n := 0
	for _, err = range repo.Packages(ctx) {
		if n++; n == 10 {
			cancel()
		}
	}
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, 11, n)
	for _, err := range repo.Packages(t.Context()) {
		require.NoError(t, err)
		break
	}
}

func TestARepositoryWithoutPrimaryIsAnError(t *testing.T) {
	repo := site{"repodata/repomd.xml": "<repomd/>"}.open(t)
	_, err := collect(repo.Packages(t.Context()))
	require.ErrorIs(t, err, koji.ErrNotFound)
	_, err = rpmmd.Open(fstest.MapFS{}, rpmmd.Limits{})
	require.Error(t, err)
	_, err = rpmmd.Open(site{"repodata/repomd.xml": "<html>"}.fs(), rpmmd.Limits{})
	require.ErrorIs(t, err, koji.ErrInvalid)
}
