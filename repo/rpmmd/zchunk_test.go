package rpmmd_test

import (
	"bytes"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/internal/corpus"
	"github.com/kojikit/kojikit/internal/hosttool"
	"github.com/kojikit/kojikit/repo/rpmmd"
	"github.com/kojikit/kojikit/repo/zchunk"
)

// header returns the header of a record's zchunk file, which it describes.
func (m *memory) header(t *testing.T, typ string) *zchunk.Header {
	t.Helper()
	repo, err := rpmmd.Open(m.fs, rpmmd.Limits{})
	require.NoError(t, err)
	record, ok := repo.Repomd.Record(typ)
	require.True(t, ok)
	content := m.fs[record.Location.Href].Data
	h, err := zchunk.ReadHeader(bytes.NewReader(content), zchunk.Limits{})
	require.NoError(t, err)
	require.Equal(t, rpmmd.Checksum{Type: "sha256", Value: hex.EncodeToString(h.Checksum)}, record.HeaderChecksum)
	require.Equal(t, h.Size, record.HeaderSize)
	require.Equal(t, int64(len(content)), record.Size)
	require.Equal(t, zchunk.SHA256, h.ChecksumType)
	require.Equal(t, zchunk.SHA512_128, h.ChunkChecksumType)
	return h
}

// ofSources returns packages of the given sources, in their order.
func ofSources(sources ...string) []*rpmmd.Package {
	packages := somePackages(len(sources))
	for i, p := range packages {
		p.SourceRPM = sources[i]
	}
	return packages
}

func TestChunksAreTheRunsOfASource_16(t *testing.T) {
	packages := ofSources("a", "a", "b", "a")
	m, result := written(t, rpmmd.Options{Profile: rpmmd.ZchunkProfile}, packages...)
	plain, _ := written(t, rpmmd.Options{}, packages...)
	require.Len(t, result.Repomd.Records, 6)
	before := map[string]*zchunk.Header{}
	for _, typ := range []string{"primary", "filelists", "other"} {
		h := m.header(t, typ+"_zck")
		before[typ] = h
		require.Zero(t, h.Dictionary.Size)
		require.Len(t, h.Chunks, 4, "start, a a, b, a")
		whole := m.open(t, typ+"_zck")
		require.Equal(t, plain.open(t, typ), whole)
		require.True(t, strings.HasSuffix(whole[:h.Chunks[0].OpenSize], " packages=\"4\">\n"))
		second := whole[h.Chunks[0].OpenSize:][:h.Chunks[1].OpenSize]
		require.Equal(t, 2, strings.Count(second, "<package "))
		require.True(t, strings.HasSuffix(second, "</package>\n"))

		packed, _ := result.Repomd.Record(typ + "_zck")
		other, _ := result.Repomd.Record(typ)
		require.Equal(t, other.OpenChecksum, packed.OpenChecksum)
		require.Equal(t, other.OpenSize, packed.OpenSize)
		require.NotEmpty(t, packed.OpenChecksum)
	}

	// A change of b leaves all chunks alone but its own.
	changed := ofSources("a", "a", "b", "a")
	changed[2].Summary = "another"
	m, _ = written(t, rpmmd.Options{Profile: rpmmd.ZchunkProfile}, changed...)
	for i, c := range m.header(t, "primary_zck").Chunks {
		require.Equal(t, i != 2, bytes.Equal(before["primary"].Chunks[i].Checksum, c.Checksum))
	}

	m, _ = written(t, rpmmd.Options{Profile: rpmmd.ZchunkProfile})
	h := m.header(t, "primary_zck")
	require.Len(t, h.Chunks, 2)
	require.Equal(t, int64(len("</metadata>")), h.Chunks[1].OpenSize)
}

func TestEveryKindOfFileHasItsZchunkFile(t *testing.T) {
	for name, options := range map[string]rpmmd.Options{
		"default": {Zchunk: true}, "el7": {Zchunk: true, Profile: rpmmd.CompatEL7}, "none": {Zchunk: true, Compression: rpmmd.Uncompressed},
		"xz": {Zchunk: true, Compression: rpmmd.XZ}, "level": {Zchunk: true, Profile: rpmmd.CompatEL7, Level: 9},
		"dictionary": {Profile: rpmmd.ZchunkProfile, Dictionaries: map[string][]byte{"comps.xml": []byte("<comps></comps>")}},
	} {
		t.Run(name, func(t *testing.T) {
			options.FilelistsExt = true
			w := rpmmd.NewWriter(options)
			comps := strings.Repeat("<comps></comps>\n", 10_000)
			require.NoError(t, w.AddFile("group", "comps.xml", strings.NewReader(comps)))
			for _, p := range somePackages(3) {
				require.NoError(t, w.Add(p))
			}
			m := &memory{}
			result, err := w.Write(t.Context(), m)
			require.NoError(t, err)
			for _, typ := range []string{"primary", "filelists", "other", "filelists-ext", "group"} {
				require.Equal(t, m.open(t, typ), m.open(t, typ+"_zck"))
				h := m.header(t, typ+"_zck")
				require.Equal(t, name == "dictionary" && typ == "group", h.Dictionary.Size > 0)
				record, _ := result.Repomd.Record(typ + "_zck")
				require.Equal(t, int64(len(m.open(t, typ))), record.OpenSize)
			}
			require.Greater(t, len(m.header(t, "group_zck").Chunks), 1)
		})
	}
	m, result := written(t, rpmmd.Options{Compression: rpmmd.Zchunk, Zchunk: true}, somePackages(3)...)
	require.Len(t, result.Repomd.Records, 3)
	require.Len(t, m.header(t, "primary").Chunks, 2)
}

func TestTimestampsOfZchunkFiles_13(t *testing.T) {
	m, result := written(t, rpmmd.Options{Profile: rpmmd.ZchunkProfile, Revision: "1700000000"}, somePackages(3)...)
	require.Len(t, result.Repomd.Records, 6)
	for _, r := range result.Repomd.Records {
		require.Equal(t, int64(1700000000), r.Timestamp)
		require.Equal(t, int64(1700000000), m.fs[r.Location.Href].ModTime.Unix())
	}
}

func TestOthersReadZchunkAndXZ(t *testing.T) {
	unzck, inspect, xz := hosttool.Need(t, "unzck"), hosttool.Need(t, "zck_read_header"), hosttool.Need(t, "xz")
	dir := writeCorpus(t, corpus.Options{Packages: 300, Seed: 9, Sources: true})
	result, err := rpmmd.NewWriter(rpmmd.Options{Compression: rpmmd.XZ, Zchunk: true}).IndexDir(t.Context(), dir, rpmmd.ReadOptions{})
	require.NoError(t, err)
	repo, err := rpmmd.Open(os.DirFS(dir), rpmmd.Limits{})
	require.NoError(t, err)
	for _, r := range result.Repomd.Records {
		path := filepath.Join(dir, filepath.FromSlash(r.Location.Href))
		cmd := exec.Command(xz, "--decompress", "--stdout", "--single-stream", path)
		if strings.HasSuffix(r.Type, "_zck") {
			cmd = exec.Command(unzck, "--stdout", path)
			out, err := exec.Command(inspect, "--verify", path).CombinedOutput()
			require.NoError(t, err, "%s", out)
		}
		got, err := cmd.Output()
		require.NoError(t, err)
		content, err := repo.OpenRecord(r)
		require.NoError(t, err)
		var want bytes.Buffer
		_, err = want.ReadFrom(content)
		require.NoError(t, err)
		require.True(t, bytes.Equal(want.Bytes(), got), r.Type)
	}
}
