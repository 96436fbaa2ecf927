package rpmmd_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/repo/rpmmd"
)

func TestComps_18(t *testing.T) {
	const comps = "<comps></comps>\n"
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, err := z.Write([]byte(comps))
	require.NoError(t, err)
	require.NoError(t, z.Close())

	group := func(t *testing.T, o rpmmd.Options, name, content string) (*memory, map[string]rpmmd.Record) {
		w := rpmmd.NewWriter(o)
		require.NoError(t, w.AddFile(rpmmd.TypeGroup, name, strings.NewReader(content)))
		m := &memory{}
		result, err := w.Write(t.Context(), m)
		require.NoError(t, err)
		records := map[string]rpmmd.Record{}
		for _, r := range result.Repomd.Records[3:] {
			records[r.Type] = r
		}
		return m, records
	}
	for name, content := range map[string]string{"dir/comps.xml": comps, "comps.xml.gz": packed.String()} {
		m, records := group(t, rpmmd.Options{SimpleNames: true}, name, content)
		require.Len(t, records, 1)
		require.Equal(t, "repodata/comps.xml.zst", records["group"].Location.Href)
		require.NotEmpty(t, records["group"].OpenChecksum)
		require.Equal(t, int64(len(comps)), records["group"].OpenSize)
		require.Equal(t, comps, m.open(t, "group"))

		m, records = group(t, rpmmd.Options{SimpleNames: true, Profile: rpmmd.CompatEL7}, name, content)
		require.Len(t, records, 2)
		require.Equal(t, "repodata/comps.xml", records["group"].Location.Href)
		require.Empty(t, records["group"].OpenChecksum)
		require.Zero(t, records["group"].OpenSize)
		require.Equal(t, "repodata/comps.xml.gz", records["group_gz"].Location.Href)
		require.Equal(t, records["group"].Checksum, records["group_gz"].OpenChecksum)
		require.Equal(t, comps, m.open(t, "group"))
		require.Equal(t, comps, m.open(t, "group_gz"))
	}
	_, records := group(t, rpmmd.Options{SimpleNames: true, Profile: rpmmd.CompatEL7, Compression: rpmmd.Zstd}, "c.xml", comps)
	require.Contains(t, records, "group_zst")
	_, records = group(t, rpmmd.Options{SimpleNames: true, Profile: rpmmd.CompatEL7, Compression: rpmmd.Uncompressed}, "c.xml", comps)
	require.Len(t, records, 1)
}

func TestAnOldChecksumInANameIsReplaced(t *testing.T) {
	for _, test := range []struct{ name, want string }{
		{strings.Repeat("a", 32) + "-comps.xml", "comps.xml.zst"},
		{strings.Repeat("b", 40) + "-comps.xml", "comps.xml.zst"},
		{strings.Repeat("c", 64) + "-comps.xml", "comps.xml.zst"},
		{strings.Repeat("d", 128) + "-comps.xml.zst", "comps.xml.zst"},
		{strings.Repeat("e", 33) + "-comps.xml", strings.Repeat("e", 33) + "-comps.xml.zst"},
		{"a-comps.xml", "a-comps.xml.zst"},
	} {
		w := rpmmd.NewWriter(rpmmd.Options{})
		content := "x"
		if strings.HasSuffix(test.name, ".zst") {
			e, err := zstd.NewWriter(nil)
			require.NoError(t, err)
			content = string(e.EncodeAll([]byte("x"), nil))
		}
		require.NoError(t, w.AddFile("group", test.name, strings.NewReader(content)))
		result, err := w.Write(t.Context(), &memory{})
		require.NoError(t, err)
		record, _ := result.Repomd.Record("group")
		require.Equal(t, "repodata/"+record.Checksum.Value+"-"+test.want, record.Location.Href)
	}
}

func TestAdditionalFiles(t *testing.T) {
	w := rpmmd.NewWriter(rpmmd.Options{SimpleNames: true})
	require.NoError(t, w.AddFile("", "updateinfo.xml", strings.NewReader("old")))
	require.NoError(t, w.AddFile("updateinfo", "other.name", strings.NewReader("new")))
	require.NoError(t, w.AddFile("", "a/productid", strings.NewReader("id")))
	m := &memory{}
	result, err := w.Write(t.Context(), m)
	require.NoError(t, err)
	require.Len(t, result.Repomd.Records, 5)
	require.Equal(t, "productid", result.Repomd.Records[3].Type)
	require.Equal(t, "new", m.open(t, "updateinfo"))

	for name, test := range map[string]struct{ typ, name string }{
		"no name":           {"group", ""},
		"no type":           {"", ".hidden"},
		"dots":              {"x", "a/.."},
		"reserved":          {"primary", "x.xml"},
		"reserved, ext":     {"filelists-ext", "x.xml"},
		"reserved, zchunk":  {"group_zck", "x.xml"},
		"control character": {"x", "a\x01b"},
	} {
		t.Run(name, func(t *testing.T) {
			require.ErrorIs(t, rpmmd.NewWriter(rpmmd.Options{}).AddFile(test.typ, test.name, strings.NewReader("")), koji.ErrInvalid)
		})
	}
	require.Error(t, w.AddFile("x", "x.gz", strings.NewReader("not gzip")))

	w = rpmmd.NewWriter(rpmmd.Options{SimpleNames: true})
	require.NoError(t, w.AddFile("x", "primary.xml", strings.NewReader("")))
	_, err = w.Write(t.Context(), &memory{})
	require.ErrorIs(t, err, koji.ErrExists)
}

func TestTextIsNotTakenForCompressed(t *testing.T) {
	w := rpmmd.NewWriter(rpmmd.Options{})
	require.NoError(t, w.AddFile("origin", "pkgorigins", strings.NewReader("BZFlag-1-1.x86_64\tfile:///srv/\n")))
	m := &memory{}
	_, err := w.Write(t.Context(), m)
	require.NoError(t, err)
	require.Equal(t, "BZFlag-1-1.x86_64\tfile:///srv/\n", m.open(t, "origin"))
}
