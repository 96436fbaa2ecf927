package comps_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/internal/hosttool"
	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/repo/comps"
)

// full is what testdata/full.xml says.
var full = comps.Comps{
	Groups: []comps.Group{
		{
			ID:          "editors",
			Name:        comps.Text{Value: "Editors", Translations: []comps.Translation{{Lang: "de", Value: "Editoren"}, {Lang: "cs", Value: "Úpravy"}}},
			Description: comps.Text{Value: "Programs to edit text & more.", Translations: []comps.Translation{{Lang: "de", Value: "Programme,\num Text zu bearbeiten."}}},
			Default:     true, BiarchOnly: true, LangOnly: "de", DisplayOrder: new(12), Arch: "x86_64 i686",
			Groups: []comps.Requirement{{ID: "base", Type: "mandatory"}, {ID: "extras", Type: "optional", MetaPackage: true}},
			Packages: []comps.Package{
				{Name: "vim", Type: "mandatory"}, {Name: "hunspell-de", Type: "conditional", Requires: "hunspell"},
				{Name: "emacs", Type: "default", BaseArchOnly: true}, {Name: "nano", Type: "optional", Arch: "x86_64"}, {Name: "ed"},
			},
		},
		{ID: "empty", UserVisible: true},
	},
	Environments: []comps.Environment{{
		ID: "server", Name: comps.Text{Value: "Server", Translations: []comps.Translation{{Lang: "pt_BR", Value: "Servidor"}}}, Description: comps.Text{Value: "A server."},
		DisplayOrder: new(0), Arch: "s390x", Groups: []comps.GroupID{{ID: "editors"}}, Options: []comps.GroupID{{ID: "empty", Default: true}, {ID: "other", Arch: "x86_64"}},
	}},
	Categories: []comps.Category{{
		ID: "apps", Name: comps.Text{Value: "Applications"},
		Description:  comps.Text{Value: "What people use.", Translations: []comps.Translation{{Lang: "de", Value: "Was man so braucht."}}},
		DisplayOrder: new(-1), Groups: []comps.GroupID{{ID: "editors"}},
	}},
	Langpacks: []comps.Langpack{{Name: "libreoffice-core", Install: "libreoffice-langpack-%s"}, {Name: "man-pages", Install: "man-pages-%s"}},
	Blacklist: []comps.BlockedPackage{{Name: "bad", Arch: "i386"}, {Name: "worse"}},
	Whiteout:  []comps.IgnoredDependency{{Package: "bar", Requires: "foo"}},
}

func readFull(tb testing.TB) []byte {
	tb.Helper()
	doc, err := os.ReadFile("testdata/full.xml")
	require.NoError(tb, err)
	return doc
}

func TestNothingIsLost(t *testing.T) {
	c, err := comps.Read(bytes.NewReader(readFull(t)), comps.Limits{})
	require.NoError(t, err)
	require.Equal(t, &full, c)
	doc := c.Append(nil)
	again, err := comps.Read(bytes.NewReader(doc), comps.Limits{})
	require.NoError(t, err)
	require.Equal(t, c, again)
	require.Equal(t, string(doc), string(again.Append(nil)))

	var groups []comps.Group
	for g, err := range comps.Groups(bytes.NewReader(doc), comps.Limits{}) {
		require.NoError(t, err)
		groups = append(groups, *g)
	}
	require.Equal(t, c.Groups, groups)
	for g, err := range comps.Groups(bytes.NewReader(doc), comps.Limits{}) {
		require.NoError(t, err)
		require.Equal(t, "editors", g.ID)
		break
	}
}

func TestHostileDocumentsAreRefused(t *testing.T) {
	for name, test := range map[string]struct {
		doc  string
		kind error
	}{
		"empty":             {"", koji.ErrInvalid},
		"other root":        {"<updates/>", koji.ErrInvalid},
		"truncated":         {"<comps><group><id>a</id>", koji.ErrInvalid},
		"declared entity":   {`<!DOCTYPE comps [<!ENTITY a "b">]><comps><group><id>&a;</id></group></comps>`, koji.ErrInvalid},
		"unknown entity":    {`<comps><group><id>&a;</id></group></comps>`, koji.ErrInvalid},
		"other encoding":    {`<?xml version="1.0" encoding="utf-16"?><comps/>`, koji.ErrInvalid},
		"no number":         {`<comps><group><display_order>first</display_order></group></comps>`, koji.ErrInvalid},
		"control character": {"<comps><group><id>\x07</id></group></comps>", koji.ErrInvalid},
		"not UTF-8":         {"<comps><group><id>\xff</id></group></comps>", koji.ErrInvalid},
		"too deep":          {"<comps>" + strings.Repeat("<a>", 100), koji.ErrInvalid},
		"long text":         {"<comps><group><id>" + strings.Repeat("a", 100_000) + "</id></group></comps>", koji.ErrLimit},
		"long document":     {"<comps>" + strings.Repeat("<group/>", 30_000) + "</comps>", koji.ErrLimit},
	} {
		t.Run(name, func(t *testing.T) {
			limits := comps.Limits{Token: 1000, Document: 200_000}
			if name != "long text" {
				limits.Token = 0
			}
			_, err := comps.Read(strings.NewReader(test.doc), limits)
			require.ErrorIs(t, err, test.kind)
			require.ErrorContains(t, err, "comps.xml: byte ")
			last := error(nil)
			for _, err := range comps.Groups(strings.NewReader(test.doc), limits) {
				last = err
			}
			require.ErrorIs(t, last, test.kind)
		})
	}
}

// wellFormed fails unless a parser that is not ours reads all of doc.
func wellFormed(t require.TestingT, doc []byte) {
	d := xml.NewDecoder(bytes.NewReader(doc))
	for {
		_, err := d.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		require.NoError(t, err, "%s", doc)
	}
}

func TestXmllintReadsWhatIsWritten(t *testing.T) {
	file := filepath.Join(t.TempDir(), "comps.xml")
	c := full
	c.Comment = "made by a test -- and -->"
	require.NoError(t, os.WriteFile(file, c.Append(nil), 0o600))
	out, err := exec.Command(hosttool.Need(t, "xmllint"), "--noout", "--nonet", file).CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Empty(t, out)
}

func FuzzRead(f *testing.F) {
	f.Add(readFull(f))
	for _, s := range []string{
		"<comps/>", "<comps><group><id>a</id><packagelist><packagereq type='default'>b</packagereq></packagelist></group></comps>",
		"<comps><environment><optionlist><groupid default='1'>x</groupid></optionlist></environment></comps>", "<comps><langpacks><match/></langpacks></comps>",
		"<comps><group><name xml:lang=''>a</name><display_order> 1.5 </display_order></group></comps>",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		c, err := comps.Read(bytes.NewReader(doc), comps.Limits{Token: 1 << 16, Document: 1 << 20})
		if err != nil {
			return
		}
		written := c.Append(nil)
		wellFormed(t, written)
		again, err := comps.Read(bytes.NewReader(written), comps.Limits{})
		require.NoError(t, err)
		require.Equal(t, c, again)
	})
}

// FuzzAppend makes sure that whatever strings comps hold, their XML is well
// formed.
func FuzzAppend(f *testing.F) {
	for _, s := range []string{"", "plain", "a & b < c > \"d\"", "]]>", "--", "-->", "a-", "\x00\x01", "\xff\xc3", "\r\n\t", "\ufffe"} {
		f.Add(s, "-")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		text := comps.Text{Value: a, Translations: []comps.Translation{{Lang: b, Value: a}}}
		ids := []comps.GroupID{{ID: a, Arch: b, Default: true}}
		c := comps.Comps{
			Comment: a,
			Groups: []comps.Group{{
				ID: a, Name: text, Description: text, LangOnly: b, Arch: a,
				Packages:   []comps.Package{{Name: a, Type: b, Requires: a, Arch: b}},
				Groups:     []comps.Requirement{{ID: a, Type: b, MetaPackage: true}, {ID: b, Type: a}},
				Expansions: []comps.Expansion{{ID: a, Missing: true}, {ID: b, Packages: []comps.Package{{Name: b}}}},
			}},
			Environments: []comps.Environment{{ID: a, Name: text, Description: text, Arch: b, Groups: ids, Options: ids}},
			Categories:   []comps.Category{{ID: a, Name: text, Description: text, Arch: b, Groups: ids}},
			Langpacks:    []comps.Langpack{{Name: a, Install: b}},
			Blacklist:    []comps.BlockedPackage{{Name: a, Arch: b}},
			Whiteout:     []comps.IgnoredDependency{{Package: a, Requires: b}},
		}
		doc := c.Append(nil)
		wellFormed(t, doc)
		_, err := comps.Read(bytes.NewReader(doc), comps.Limits{})
		require.NoError(t, err, "%s", doc)
	})
}
