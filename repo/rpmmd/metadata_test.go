package rpmmd_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/kojikit/kojikit/internal/corpus"
	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/koji/rpmfile"
	"github.com/kojikit/kojikit/repo/rpmmd"
)

// The numbers in the names of tests are those of the cases that the description
// of repository metadata ends with.

func dep(name, evr string, flags uint32) corpus.Dep {
	return corpus.Dep{Name: name, EVR: evr, Flags: flags}
}

// complete fills what every RPM has.
func complete(r corpus.RPM) corpus.RPM {
	if r.Version == "" {
		r.Version, r.Release = "1", "1"
	}
	if r.Arch == "" {
		r.Arch = "x86_64"
	}
	if r.SourceRPM == "" && !r.Source {
		r.SourceRPM = r.Name + "-1-1.src.rpm"
	}
	if r.BuildTime.IsZero() {
		r.BuildTime = time.Unix(1700000000, 0)
	}
	return r
}

// metadata writes the RPM and reads its metadata.
func metadata(t *testing.T, r corpus.RPM, o rpmmd.ReadOptions) *rpmmd.Package {
	t.Helper()
	r = complete(r)
	name, err := r.WriteTo(t.TempDir())
	require.NoError(t, err)
	p, err := rpmmd.FromFile(name, o)
	require.NoError(t, err)
	return p
}

// lines returns the trimmed lines of primary.xml that contain a text.
func lines(xml []byte, containing string) []string {
	var found []string
	for line := range strings.Lines(string(xml)) {
		if strings.Contains(line, containing) {
			found = append(found, strings.TrimSpace(line))
		}
	}
	return found
}

// entries returns the entries of a list of dependencies in primary.xml.
func entries(p *rpmmd.Package, list string) []string {
	_, rest, _ := strings.Cut(string(p.AppendPrimary(nil)), "<rpm:"+list+">")
	rest, _, _ = strings.Cut(rest, "</rpm:"+list+">")
	found := []string{}
	for _, line := range lines([]byte(rest), "<rpm:entry ") {
		found = append(found, strings.TrimSuffix(strings.TrimPrefix(line, "<rpm:entry "), "/>"))
	}
	return found
}

func TestRequiresThatThePackageFulfilsAreLeftOut_2(t *testing.T) {
	p := metadata(t, corpus.RPM{
		Name:  "p",
		Files: []corpus.File{{Path: "/etc/a"}, {Path: "/usr/share/b"}},
		Provides: []corpus.Dep{
			dep("config(p)", "1-1", corpus.Equal),
		},
		Requires: []corpus.Dep{
			dep("/etc/a", "", 0), dep("/usr/share/b", "", 0), dep("rpmlib(X)", "1", corpus.Less|corpus.Equal),
			dep("config(p)", "1-1", corpus.Equal), dep("foo", "", 0), dep("foo", "", corpus.ScriptPre), dep("foo", "", corpus.ScriptPre),
		},
	}, rpmmd.ReadOptions{})
	require.Equal(t, []string{`name="/usr/share/b"`, `name="foo"`, `name="foo" pre="1"`}, entries(p, "requires"))
}

func TestOnlyTheHighestLibcRequirementStays_3(t *testing.T) {
	r := corpus.RPM{Name: "p"}
	for _, version := range []string{"()", "(GLIBC_2.2.5)", "(GLIBC_2.34)", "(GLIBC_2.4)", "(GLIBC_PRIVATE)"} {
		r.Requires = append(r.Requires, dep("libc.so.6"+version+"(64bit)", "", 0))
	}
	r.Requires = append(r.Requires, dep("zlib", "", 0))
	require.Equal(t, []string{`name="zlib"`, `name="libc.so.6(GLIBC_2.34)(64bit)"`}, entries(metadata(t, r, rpmmd.ReadOptions{}), "requires"))
}

func TestVersionsOfDependencies_4(t *testing.T) {
	var warnings []rpmmd.Warning
	p := metadata(t, corpus.RPM{
		Name: "p",
		Provides: []corpus.Dep{
			dep("bar", "1:2-3", corpus.Greater|corpus.Equal), dep("rec", "2", corpus.Greater), dep("x", "a:1", corpus.Equal),
			dep("either", "1", corpus.Less|corpus.Greater), dep("none", "1-1", 0), dep("le", "1-1", corpus.Less|corpus.Equal),
			dep("empty", "", corpus.Equal), dep("noepoch", ":1", corpus.Equal),
		},
	}, rpmmd.ReadOptions{Warn: func(w rpmmd.Warning) { warnings = append(warnings, w) }})
	require.Equal(t, []string{
		`name="bar" flags="GE" epoch="1" ver="2" rel="3"`,
		`name="rec" flags="GT" epoch="0" ver="2"`,
		`name="either"`,
		`name="none"`,
		`name="le" flags="LE" epoch="0" ver="1" rel="1"`,
		`name="empty" flags="EQ"`,
		`name="noepoch" flags="EQ" epoch="0" ver="1"`,
	}, entries(p, "provides"))
	require.Len(t, warnings, 1)
	require.Equal(t, rpmmd.BadDependency, warnings[0].Kind)
	require.False(t, warnings[0].LeftOut())
	require.ErrorContains(t, warnings[0], `dependency "x": epoch of "a:1" is not a number`)
}

func TestScriptletRequirementsAreMarked(t *testing.T) {
	r := corpus.RPM{Name: "p"}
	for bit := range 13 {
		r.Requires = append(r.Requires, dep(fmt.Sprintf("bit%d", bit), "", 1<<bit))
	}
	marked := func(o rpmmd.ReadOptions) (names []string) {
		for _, d := range metadata(t, r, o).Requires {
			if d.Pre {
				names = append(names, d.Name)
			}
		}
		return names
	}
	require.Equal(t, []string{"bit5", "bit6", "bit7", "bit9", "bit10"}, marked(rpmmd.ReadOptions{}))
	require.Equal(t, []string{"bit6", "bit9", "bit10"}, marked(rpmmd.ReadOptions{LegacyPre: true}))
}

func TestFilesOfPrimary_5(t *testing.T) {
	p := metadata(t, corpus.RPM{Name: "p", Files: []corpus.File{
		{Path: "/usr/share/xbin/g"}, {Path: "/usr/bin", Mode: corpus.Dir}, {Path: "/usr/lib/sendmail"},
		{Path: "/usr/lib64/sendmail"}, {Path: "/opt/etc/x"}, {Path: "/etc/x"}, {Path: "/usr/share/xbin/d", Mode: corpus.Dir},
		{Path: "/usr/share/xbin/ghost", Flags: corpus.Ghost}, {Path: "/etc/gd", Flags: corpus.Ghost, Mode: corpus.Dir},
	}}, rpmmd.ReadOptions{})
	require.Equal(t, []string{
		"<file>/usr/share/xbin/g</file>", "<file>/usr/lib/sendmail</file>", "<file>/etc/x</file>",
		`<file type="dir">/usr/share/xbin/d</file>`, `<file type="ghost">/usr/share/xbin/ghost</file>`, `<file type="dir">/etc/gd</file>`,
	}, lines(p.AppendPrimary(nil), "<file"))
	require.Len(t, lines(p.AppendFilelists(nil), "<file"), 9)
}

func TestChangelogs_6(t *testing.T) {
	const T = 1000000
	r := corpus.RPM{Name: "p", Changelog: []corpus.Change{
		{Time: T, Author: "n1  ", Text: "1"}, {Time: T, Author: "n2", Text: "2"}, {Time: T, Author: "n3\t", Text: "3"}, {Time: T - 5, Author: "n4", Text: "4"},
	}}
	all := []rpmmd.Changelog{{Time: T - 5, Author: "n4", Text: "4"}, {Time: T, Author: "n3\t", Text: "3"}, {Time: T + 1, Author: "n2", Text: "2"}, {Time: T + 2, Author: "n1", Text: "1"}}
	for name, test := range map[string]struct {
		limit int
		want  []rpmmd.Changelog
	}{
		"default": {0, all},
		"all":     {rpmmd.AllChangelogs, all},
		"none":    {rpmmd.NoChangelogs, nil},
		"two":     {2, []rpmmd.Changelog{{Time: T, Author: "n2", Text: "2"}, {Time: T + 1, Author: "n1", Text: "1"}}},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, test.want, metadata(t, r, rpmmd.ReadOptions{ChangelogLimit: test.limit}).Changelogs)
		})
	}
}

// TestEqualTimesAreMovedApart compares with the rule as it is told: of entries
// taken the newest first, one at the time of its predecessor moves the newer ones
// on, as far as they collide.
func TestEqualTimesAreMovedApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		times := rapid.SliceOfN(rapid.Int64Range(100, 106), 1, 30).Draw(t, "times")
		r := complete(corpus.RPM{Name: "p"})
		want := slices.Clone(times)
		for i, at := range times {
			r.Changelog = append(r.Changelog, corpus.Change{Time: at, Author: "a"})
			if i == 0 || times[i-1] != at {
				continue
			}
			for j, taken := i-1, at; j >= 0 && want[j] == taken; j-- {
				want[j]++
				taken = want[j]
			}
		}
		slices.Reverse(want)
		f, err := rpmfile.Read(bytes.NewReader(r.Bytes()))
		require.NoError(t, err)
		p, err := rpmmd.FromHeader(f, rpmmd.Facts{}, rpmmd.ReadOptions{ChangelogLimit: rpmmd.AllChangelogs})
		require.NoError(t, err)
		var got []int64
		for _, c := range p.Changelogs {
			got = append(got, c.Time)
		}
		require.Equal(t, want, got, "%v", times)
	})
}

func TestDefaultChangelogLimitIsTen(t *testing.T) {
	r := corpus.RPM{Name: "p"}
	for i := range 15 {
		r.Changelog = append(r.Changelog, corpus.Change{Time: int64(100 - i), Author: "a", Text: fmt.Sprint(i)})
	}
	p := metadata(t, r, rpmmd.ReadOptions{})
	require.Len(t, p.Changelogs, 10)
	require.Equal(t, "9", p.Changelogs[0].Text)
	require.Equal(t, "0", p.Changelogs[9].Text)
}

func TestEscaping_7(t *testing.T) {
	p := metadata(t, corpus.RPM{
		Name:        "p",
		Summary:     "\xe0\xe1",
		Description: "a & b > c\r",
		Packager:    "x\x85y",
		Changelog:   []corpus.Change{{Time: 1, Author: "Tomáš \"q\"", Text: "\"ü\"\t"}, {Time: 0, Author: "\U0001f600\t\n\r", Text: ""}},
	}, rpmmd.ReadOptions{})
	primary, other := string(p.AppendPrimary(nil)), string(p.AppendOther(nil))
	require.Contains(t, primary, "<summary>àá</summary>")
	require.Contains(t, primary, "<description>a &amp; b &gt; c&#13;</description>")
	require.Contains(t, primary, "<packager>xy</packager>")
	require.Contains(t, other, "<changelog author=\"Tom&#xE1;&#x161; &quot;q&quot;\" date=\"1\">\"ü\"\t</changelog>")
	require.Contains(t, other, "<changelog author=\"&#x1F600;&#9;&#10;&#13;\" date=\"0\"></changelog>")
}

func TestControlCharactersAreErrors_8(t *testing.T) {
	for name, change := range map[string]func(*rpmmd.Package, string){
		"name":          func(p *rpmmd.Package, s string) { p.Name = s },
		"epoch":         func(p *rpmmd.Package, s string) { p.Epoch = s },
		"version":       func(p *rpmmd.Package, s string) { p.Version = s },
		"release":       func(p *rpmmd.Package, s string) { p.Release = s },
		"arch":          func(p *rpmmd.Package, s string) { p.Arch = s },
		"summary":       func(p *rpmmd.Package, s string) { p.Summary = s },
		"description":   func(p *rpmmd.Package, s string) { p.Description = s },
		"packager":      func(p *rpmmd.Package, s string) { p.Packager = s },
		"url":           func(p *rpmmd.Package, s string) { p.URL = s },
		"license":       func(p *rpmmd.Package, s string) { p.License = s },
		"vendor":        func(p *rpmmd.Package, s string) { p.Vendor = s },
		"group":         func(p *rpmmd.Package, s string) { p.Group = s },
		"buildhost":     func(p *rpmmd.Package, s string) { p.BuildHost = s },
		"sourcerpm":     func(p *rpmmd.Package, s string) { p.SourceRPM = s },
		"location":      func(p *rpmmd.Package, s string) { p.Location.Href = s },
		"location base": func(p *rpmmd.Package, s string) { p.Location.Base = s },
		"requires":      func(p *rpmmd.Package, s string) { p.Requires = []rpmmd.Dependency{{Name: "a"}, {Name: s}} },
		"supplements":   func(p *rpmmd.Package, s string) { p.Supplements = []rpmmd.Dependency{{Name: "a", Release: s}} },
		"files":         func(p *rpmmd.Package, s string) { p.Files = []rpmmd.File{{Dir: "/"}, {Dir: s}} },
		"changelog":     func(p *rpmmd.Package, s string) { p.Changelogs = []rpmmd.Changelog{{Author: "a", Text: s}} },
	} {
		t.Run(name, func(t *testing.T) {
			for c := range 256 {
				p := &rpmmd.Package{Name: "p"}
				change(p, "0123456789"+string([]byte{byte(c)})+"0123")
				forbidden := c < 32 && c != '\t' && c != '\n' && c != '\r'
				err := p.Check()
				if !forbidden {
					require.NoError(t, err, "%#x", c)
					continue
				}
				require.ErrorIs(t, err, koji.ErrInvalid)
				require.ErrorContains(t, err, fmt.Sprintf("control character 0x%02x in %s at byte 10", c, name))
			}
		})
	}
}

func TestHeaderRange_10(t *testing.T) {
	r := complete(corpus.RPM{Name: "p"})
	content := r.Bytes()
	whole, err := rpmmd.FromFile(write(t, content), rpmmd.ReadOptions{})
	require.NoError(t, err)
	main := content[whole.HeaderStart:]

	for _, test := range []struct{ size, start int64 }{{168, 280}, {4388, 4504}, {4392, 4504}} {
		// A signature header with one binary entry that makes 16·il + dl the size.
		signature := append([]byte{0x8e, 0xad, 0xe8, 1, 0, 0, 0, 0}, words(1, test.size-16, 1008, 7, 0, test.size-16)...)
		signature = append(signature, make([]byte, test.size-16+(8-test.size%8)%8)...)
		p, err := rpmmd.FromFile(write(t, slices.Concat(content[:96], signature, main)), rpmmd.ReadOptions{})
		require.NoError(t, err)
		require.Equal(t, test.start, p.HeaderStart)
		il, dl := binary.BigEndian.Uint32(main[8:]), binary.BigEndian.Uint32(main[12:])
		require.Equal(t, test.start+16+16*int64(il)+int64(dl), p.HeaderEnd)
		require.Contains(t, string(p.AppendPrimary(nil)), fmt.Sprintf(`<rpm:header-range start="%d" end="%d"/>`, p.HeaderStart, p.HeaderEnd))
	}
}

func words(values ...int64) (b []byte) {
	for _, v := range values {
		b = binary.BigEndian.AppendUint32(b, uint32(v))
	}
	return b
}

func write(t *testing.T, content []byte) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "p.rpm")
	require.NoError(t, os.WriteFile(name, content, 0o644))
	return name
}

func TestEpochAndSourcePackages_11(t *testing.T) {
	p := metadata(t, corpus.RPM{Name: "p"}, rpmmd.ReadOptions{})
	require.Contains(t, string(p.AppendPrimary(nil)), `<version epoch="0" ver="1" rel="1"/>`)

	epoch := uint32(4)
	p = metadata(t, corpus.RPM{Name: "p", Epoch: &epoch, Source: true, Files: []corpus.File{{Path: "p.spec"}}}, rpmmd.ReadOptions{})
	primary, filelists := string(p.AppendPrimary(nil)), string(p.AppendFilelists(nil))
	require.Contains(t, primary, "<arch>src</arch>")
	require.Contains(t, primary, `<version epoch="4" ver="1" rel="1"/>`)
	require.Contains(t, primary, "<rpm:sourcerpm></rpm:sourcerpm>")
	require.NotContains(t, primary, "<rpm:provides")
	require.Contains(t, filelists, "<file>p.spec</file>")
	require.Equal(t, "p-4:1-1.src", p.NEVRA())
}

func TestFactsOfTheFile(t *testing.T) {
	r := complete(corpus.RPM{Name: "p", Payload: make([]byte, 300_000)}) // larger than one read
	name, err := r.WriteTo(t.TempDir())
	require.NoError(t, err)
	mtime := time.Unix(1600000000, 999_999_999)
	require.NoError(t, os.Chtimes(name, mtime, mtime))
	content := r.Bytes()
	sum := sha256.Sum256(content)

	p, err := rpmmd.FromFile(name, rpmmd.ReadOptions{})
	require.NoError(t, err)
	require.Equal(t, rpmmd.Checksum{Type: rpmmd.SHA256, Value: hex.EncodeToString(sum[:])}, p.Checksum)
	require.Equal(t, int64(len(content)), p.Size)
	require.Equal(t, int64(1600000000), p.FileTime)
	require.Equal(t, int64(1700000000), p.BuildTime)
	require.Equal(t, rpmmd.Location{Href: "p-1-1.x86_64.rpm"}, p.Location)

	p, err = rpmmd.FromFile(name, rpmmd.ReadOptions{Checksum: rpmmd.SHA})
	require.NoError(t, err)
	require.Equal(t, rpmmd.SHA, p.Checksum.Type)
	require.Len(t, p.Checksum.Value, 40)
	_, err = rpmmd.FromFile(name, rpmmd.ReadOptions{Checksum: "crc32"})
	require.ErrorIs(t, err, koji.ErrInvalid)
}

func TestSizes(t *testing.T) {
	for name, test := range map[string]struct {
		edit               func(signature, main *corpus.Header)
		installed, archive int64
	}{
		"32 bits":  {func(s, m *corpus.Header) { s.Int32(1007, 7); m.Int32(1009, 9) }, 9, 7},
		"64 bits":  {func(s, m *corpus.Header) { s.Drop(1007); s.Int64(271, 1<<40); m.Int64(5009, 1<<41) }, 1 << 41, 1 << 40},
		"old":      {func(_, m *corpus.Header) { m.Int32(1046, 5); m.Int32(1009, 9) }, 9, 5},
		"old long": {func(_, m *corpus.Header) { m.Int64(271, 6) }, 0, 6},
		"none":     {func(s, m *corpus.Header) { s.Drop(1007); m.Drop(1009) }, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			p := metadata(t, corpus.RPM{Name: "p", Edit: test.edit}, rpmmd.ReadOptions{})
			require.Equal(t, test.installed, p.InstalledSize)
			require.Equal(t, test.archive, p.ArchiveSize)
		})
	}
}

func TestHeadersWhoseFilesDoNotFitAreErrors(t *testing.T) {
	for name, edit := range map[string]func(signature, main *corpus.Header){
		"no indexes":      func(_, m *corpus.Header) { m.Drop(1116) },
		"fewer indexes":   func(_, m *corpus.Header) { m.Int32(1116, 0) },
		"index too large": func(_, m *corpus.Header) { m.Int32(1116, 0, 1) },
		"no directories":  func(_, m *corpus.Header) { m.Drop(1118) },
	} {
		t.Run(name, func(t *testing.T) {
			r := complete(corpus.RPM{Name: "p", Files: []corpus.File{{Path: "/a/b"}, {Path: "/a/c"}}, Edit: edit})
			_, err := rpmmd.FromFile(write(t, r.Bytes()), rpmmd.ReadOptions{})
			require.ErrorIs(t, err, koji.ErrInvalid)
			require.ErrorContains(t, err, `package "p-0:1-1.x86_64" (p.rpm)`)
		})
	}
}

func TestOldHeadersCarryWholePaths(t *testing.T) {
	p := metadata(t, corpus.RPM{Name: "p", Edit: func(_, m *corpus.Header) {
		m.Strings(1027, []string{"/etc/a", "/usr/b", "c"})
		m.Int16(1030, corpus.Regular, corpus.Dir, corpus.Regular)
		m.Int32(1037, 0, 0, corpus.Ghost)
	}}, rpmmd.ReadOptions{})
	require.Equal(t, []rpmmd.File{
		{Dir: "/etc/", Base: "a"}, {Dir: "/usr/", Base: "b", Type: rpmmd.Directory}, {Base: "c", Type: rpmmd.GhostFile},
	}, p.Files)
}

func TestWeakDependenciesOfOldDistributions(t *testing.T) {
	p := metadata(t, corpus.RPM{
		Name:        "p",
		Requires:    []corpus.Dep{dep("missing", "", corpus.MissingOK), dep("needed", "", 0)},
		Recommends:  []corpus.Dep{dep("r", "", 0)},
		OldSuggests: []corpus.Dep{dep("weak", "", 0), dep("strong", "", corpus.Strong)},
		OldEnhances: []corpus.Dep{dep("weak", "", 0), dep("strong", "", corpus.Strong)},
	}, rpmmd.ReadOptions{})
	require.Equal(t, []string{`name="needed"`}, entries(p, "requires"))
	require.Equal(t, []string{`name="missing"`, `name="r"`, `name="strong"`}, entries(p, "recommends"))
	require.Equal(t, []string{`name="weak"`}, entries(p, "suggests"))
	require.Equal(t, []string{`name="strong"`}, entries(p, "supplements"))
	require.Equal(t, []string{`name="weak"`}, entries(p, "enhances"))
}
