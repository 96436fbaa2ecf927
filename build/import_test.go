package build_test

import (
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/build"
	"github.com/kojikit/kojikit/internal/corpus"
	"github.com/kojikit/kojikit/internal/hosttool"
	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/storage/files"
)

func TestImportPutsFilesAndRowsInPlace(t *testing.T) {
	s := newSite(t, files.Options{})
	// Binaries first: the order does not matter.
	result := s.mustImport(t,
		data("rpms/libecho-devel-2.0-1.d1.x86_64.rpm"), data("rpms/libecho-2.0-1.d1.i686.rpm"),
		data("rpms/counter-2.4-1.d1.x86_64.rpm"), data("rpms/libecho-2.0-1.d1.x86_64.rpm"),
		data("rpms/libecho-2.0-1.d1.src.rpm"), data("rpms/counter-2.4-1.d1.src.rpm"),
		data("rpms/fonts-plain-20231201-1.d1.src.rpm"), data("rpms/fonts-plain-20231201-1.d1.noarch.rpm"),
	)
	require.Equal(t, []string{
		"packages/counter/2.4/1.d1/data/sigcache/5532c199/src/counter-2.4-1.d1.src.rpm.sig",
		"packages/counter/2.4/1.d1/data/sigcache/5532c199/x86_64/counter-2.4-1.d1.x86_64.rpm.sig",
		"packages/counter/2.4/1.d1/src/counter-2.4-1.d1.src.rpm",
		"packages/counter/2.4/1.d1/x86_64/counter-2.4-1.d1.x86_64.rpm",
		"packages/fonts-plain/20231201/1.d1/data/sigcache/noarch/fonts-plain-20231201-1.d1.noarch.rpm.sig",
		"packages/fonts-plain/20231201/1.d1/data/sigcache/src/fonts-plain-20231201-1.d1.src.rpm.sig",
		"packages/fonts-plain/20231201/1.d1/noarch/fonts-plain-20231201-1.d1.noarch.rpm",
		"packages/fonts-plain/20231201/1.d1/src/fonts-plain-20231201-1.d1.src.rpm",
		"packages/libecho/2.0/1.d1/data/sigcache/5532c199/i686/libecho-2.0-1.d1.i686.rpm.sig",
		"packages/libecho/2.0/1.d1/data/sigcache/5532c199/src/libecho-2.0-1.d1.src.rpm.sig",
		"packages/libecho/2.0/1.d1/data/sigcache/5532c199/x86_64/libecho-2.0-1.d1.x86_64.rpm.sig",
		"packages/libecho/2.0/1.d1/data/sigcache/5532c199/x86_64/libecho-devel-2.0-1.d1.x86_64.rpm.sig",
		"packages/libecho/2.0/1.d1/i686/libecho-2.0-1.d1.i686.rpm",
		"packages/libecho/2.0/1.d1/src/libecho-2.0-1.d1.src.rpm",
		"packages/libecho/2.0/1.d1/x86_64/libecho-2.0-1.d1.x86_64.rpm",
		"packages/libecho/2.0/1.d1/x86_64/libecho-devel-2.0-1.d1.x86_64.rpm",
	}, s.names(t))
	require.Empty(t, s.leftovers(t))

	var nvrs []string
	for _, b := range result.Builds {
		require.True(t, b.Created)
		nvrs = append(nvrs, b.NVR.String())
	}
	require.Equal(t, []string{"counter-2.4-1.d1", "fonts-plain-20231201-1.d1", "libecho-2.0-1.d1"}, nvrs)
	var nvras []string
	for _, r := range result.RPMs {
		nvras = append(nvras, r.NVRA().String())
	}
	require.Equal(t, []string{
		"counter-2.4-1.d1.src", "counter-2.4-1.d1.x86_64", "fonts-plain-20231201-1.d1.src", "fonts-plain-20231201-1.d1.noarch",
		"libecho-2.0-1.d1.src", "libecho-2.0-1.d1.i686", "libecho-2.0-1.d1.x86_64", "libecho-devel-2.0-1.d1.x86_64",
	}, nvras)

	rows := s.rows(t)
	require.Equal(t, rows.RPMs, result.RPMs)
	require.Equal(t, rows.Signatures, result.Signatures)
	require.Len(t, rows.Packages, 3)
	counter := rows.Builds[0]
	require.Equal(t, storage.Build{
		ID: 1, Package: rows.Packages[0].ID, Version: "2.4", Release: "1.d1", Epoch: storage.Null(1), CreateEvent: 1,
		StartTime: storage.Null(start), CompletionTime: storage.Null(start), State: koji.BuildComplete, Owner: s.user,
	}, counter)
	require.False(t, rows.Builds[1].Epoch.Valid)
	require.Equal(t, []storage.BuildType{{Build: 1, BType: 1}, {Build: 2, BType: 1}, {Build: 3, BType: 1}}, rows.BuildTypes)
}

// What the store says of an rpm is what rpm itself says.
func TestImportedRowsAgreeWithRPM(t *testing.T) {
	tool := hosttool.Need(t, "rpm")
	s := newSite(t, files.Options{})
	result := s.mustImport(t, glob(t, "rpms/*.rpm")...)
	require.Len(t, result.RPMs, len(glob(t, "rpms/*.rpm")))
	for _, r := range result.RPMs {
		file := data("rpms/" + r.NVRA().Filename())
		out, err := exec.Command(tool, "-qp", "--nosignature", "--qf", "%{NAME}|%{VERSION}|%{RELEASE}|%{EPOCH}|%{SIGMD5}|%{BUILDTIME}", file).Output()
		require.NoError(t, err)
		epoch := "(none)"
		if r.Epoch.Valid {
			epoch = fmt.Sprint(r.Epoch.V)
		}
		require.Equal(t, string(out), fmt.Sprintf("%s|%s|%s|%s|%s|%d", r.Name, r.Version, r.Release, epoch, r.PayloadHash, r.BuildTime))
		info, err := os.Stat(file)
		require.NoError(t, err)
		require.Equal(t, info.Size(), r.Size)
	}
}

func TestSignedAndUnsignedFilesOfOneRPM(t *testing.T) {
	const nvra = "sorter-3.1-1.d1.x86_64.rpm"
	dir := "packages/sorter/3.1/1.d1/"
	for name, files := range map[string][]string{
		"in one import":            {"rpms-key2/" + nvra + " unsigned/" + nvra + " rpms/" + nvra},
		"the unsigned first":       {"unsigned/" + nvra, "rpms/" + nvra, "rpms-key2/" + nvra},
		"the further ones at once": {"unsigned/" + nvra, "rpms-key2/" + nvra + " rpms/" + nvra},
	} {
		t.Run(name, func(t *testing.T) {
			s := newTestSite(t)
			s.mustImport(t, data("rpms/sorter-3.1-1.d1.src.rpm"))
			for _, set := range files {
				var list []string
				for name := range strings.FieldsSeq(set) {
					list = append(list, data(name))
				}
				s.mustImport(t, list...)
			}
			require.Equal(t, []string{
				dir + "data/sigcache/5532c199/src/sorter-3.1-1.d1.src.rpm.sig",
				dir + "data/sigcache/5532c199/x86_64/" + nvra + ".sig",
				dir + "data/sigcache/72fae7fe/x86_64/" + nvra + ".sig",
				dir + "data/sigcache/x86_64/" + nvra + ".sig",
				dir + "data/signed/5532c199/x86_64/" + nvra,
				dir + "data/signed/72fae7fe/x86_64/" + nvra,
				dir + "src/sorter-3.1-1.d1.src.rpm",
				dir + "x86_64/" + nvra,
			}, s.names(t))
			content := s.content(t)
			require.Equal(t, read(t, data("unsigned/"+nvra)), content[dir+"x86_64/"+nvra])
			require.Equal(t, read(t, data("rpms/"+nvra)), content[dir+"data/signed/5532c199/x86_64/"+nvra])
			require.Equal(t, read(t, data("rpms-key2/"+nvra)), content[dir+"data/signed/72fae7fe/x86_64/"+nvra])

			rows := s.rows(t)
			require.Len(t, rows.RPMs, 2)
			r := rows.RPMs[1]
			require.EqualValues(t, len(content[dir+"x86_64/"+nvra]), r.Size, "that of the unsigned file")
			sums := make(map[string]string)
			for _, c := range rows.Checksums {
				if c.RPM == r.ID {
					sums[c.SigKey+"/"+c.Type.String()] = c.Checksum
				}
			}
			want := make(map[string]string)
			for key, file := range map[string]string{"": "unsigned/", key1: "rpms/", key2: "rpms-key2/"} {
				file := []byte(read(t, data(file+nvra)))
				md5Sum, sha256Sum := md5.Sum(file), sha256.Sum256(file)
				want[key+"/md5"], want[key+"/sha256"] = hex.EncodeToString(md5Sum[:]), hex.EncodeToString(sha256Sum[:])
			}
			require.Equal(t, want, sums)
			for _, sig := range rows.Signatures {
				if sig.RPM == r.ID {
					rel, err := koji.PathInfo{}.SigHeader(r.NVRA(), sig.SigKey)
					require.NoError(t, err)
					md5Sum := md5.Sum([]byte(content[filepath.Clean(dir+rel)]))
					require.Equal(t, hex.EncodeToString(md5Sum[:]), sig.SigHash)
				}
			}
		})
	}
}

func newTestSite(t testing.TB) *site { return newSite(t, files.Options{}) }

func TestSignedFilesAloneMakeTheLowestKeyThePrimary(t *testing.T) {
	s := newTestSite(t)
	result := s.mustImport(t, append(glob(t, "rpms-key2/*.rpm"), glob(t, "rpms/sorter-*.rpm")...)...)
	require.Len(t, result.RPMs, 2)
	require.Len(t, result.Signatures, 4)
	dir, nvra := "packages/sorter/3.1/1.d1/", "sorter-3.1-1.d1.x86_64.rpm"
	content := s.content(t)
	require.Equal(t, read(t, data("rpms/"+nvra)), content[dir+"x86_64/"+nvra])
	require.Equal(t, read(t, data("rpms-key2/"+nvra)), content[dir+"data/signed/72fae7fe/x86_64/"+nvra])
	require.NotContains(t, content, dir+"data/signed/5532c199/x86_64/"+nvra, "the rpm's own file is that copy")

	// An unsigned file that comes later is a copy as any other.
	s.mustImport(t, data("unsigned/"+nvra))
	require.Equal(t, read(t, data("unsigned/"+nvra)), s.content(t)[dir+"data/signed/x86_64/"+nvra])
}

func TestImportRefusesDuplicates(t *testing.T) {
	dir := t.TempDir()
	sub := func(name string) string {
		require.NoError(t, os.MkdirAll(filepath.Join(dir, name), 0o755))
		return filepath.Join(dir, name)
	}
	source := rpm(t, dir, corpus.RPM{Name: "foo", Version: "1", Release: "1", Source: true})
	a := rpm(t, sub("a"), corpus.RPM{Name: "foo", Version: "1", Release: "1", Summary: "one"})
	b := rpm(t, sub("b"), corpus.RPM{Name: "foo", Version: "1", Release: "1", Summary: "another"})
	otherSource := rpm(t, dir, corpus.RPM{Name: "bar", Version: "1", Release: "1", Source: true})
	ofOther := rpm(t, sub("c"), corpus.RPM{Name: "foo", Version: "1", Release: "1", SourceRPM: "bar-1-1.src.rpm"})
	aAgain := filepath.Join(sub("d"), filepath.Base(a))
	require.NoError(t, os.WriteFile(aAgain, []byte(read(t, a)), 0o600))
	hash := func(name string) string {
		s := newTestSite(t)
		return s.mustImport(t, source, name).RPMs[1].PayloadHash
	}
	hashA, hashB := hash(a), hash(b)
	sorter := data("rpms/sorter-3.1-1.d1.x86_64.rpm")

	for name, c := range map[string]struct {
		before, files []string
		mention       []string
	}{
		"the same file twice":                    {nil, []string{source, a, a}, []string{a}},
		"two files of the same content":          {nil, []string{source, a, aAgain}, []string{a, aAgain}},
		"two rpms of one name":                   {nil, []string{source, a, b}, []string{a, b, hashA, hashB, "foo-1-1.noarch"}},
		"one name in two builds":                 {nil, []string{source, otherSource, a, ofOther}, []string{a, ofOther, "foo-1-1", "bar-1-1"}},
		"a stored rpm again":                     {[]string{source, a}, []string{aAgain}, []string{aAgain, "foo-1-1.noarch"}},
		"a stored rpm with another payload":      {[]string{source, a}, []string{b}, []string{b, hashA, hashB, "foo-1-1"}},
		"a stored rpm as one of another build":   {[]string{source, otherSource, a}, []string{ofOther}, []string{ofOther, "bar-1-1", "foo-1-1"}},
		"a stored signature again":               {glob(t, "rpms/sorter-*"), []string{sorter}, []string{sorter, key1}},
		"a stored signature among others":        {glob(t, "rpms/sorter-*"), []string{data("rpms-key2/sorter-3.1-1.d1.x86_64.rpm"), sorter}, []string{sorter, key1}},
		"a stored source package again":          {[]string{source}, []string{source}, []string{source}},
		"a signature of a stored copy once more": {append(glob(t, "rpms/sorter-*"), glob(t, "rpms-key2/*")...), []string{data("rpms-key2/sorter-3.1-1.d1.src.rpm")}, []string{key2}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newTestSite(t)
			if c.before != nil {
				s.mustImport(t, c.before...)
			}
			rows, content := s.rows(t), s.content(t)
			_, err := s.Import(context.Background(), s.user, c.files, build.ImportOptions{Copy: true})
			require.ErrorIs(t, err, koji.ErrExists)
			require.Equal(t, koji.FaultGeneric, koji.FaultCodeOf(err))
			for _, m := range c.mention {
				require.ErrorContains(t, err, m)
			}
			require.Equal(t, rows, s.rows(t))
			require.Equal(t, content, s.content(t))
			require.Empty(t, s.leftovers(t))
		})
	}
}

func TestImportRefusesBadFiles(t *testing.T) {
	dir := t.TempDir()
	good := read(t, data("rpms/counter-2.4-1.d1.x86_64.rpm"))
	write := func(sub, name, content string) string {
		require.NoError(t, os.MkdirAll(filepath.Join(dir, sub), 0o755))
		name = filepath.Join(dir, sub, name)
		require.NoError(t, os.WriteFile(name, []byte(content), 0o600))
		return name
	}
	flip := []byte(good)
	flip[len(flip)-10] ^= 1
	noDigest := func(sig, main *corpus.Header) {
		sig.Drop(1004)
		main.Drop(5092)
	}
	short := rpm(t, dir, corpus.RPM{Name: "short", Version: "1", Release: "1", Payload: make([]byte, 5000), Edit: noDigest})
	require.NoError(t, os.Truncate(short, int64(len(read(t, short))-20)))

	for name, c := range map[string]struct {
		file    string
		kind    error
		message string
	}{
		"renamed":               {write("", "counter-2.5-1.d1.x86_64.rpm", good), koji.ErrInvalid, "bad filename"},
		"of another arch":       {write("", "counter-2.4-1.d1.i686.rpm", good), koji.ErrInvalid, "bad filename"},
		"no rpm":                {write("no", "counter-2.4-1.d1.x86_64.rpm", "text"), koji.ErrInvalid, "not an rpm"},
		"empty":                 {write("empty", "counter-2.4-1.d1.x86_64.rpm", ""), koji.ErrInvalid, "truncated"},
		"truncated header":      {write("head", "counter-2.4-1.d1.x86_64.rpm", good[:1500]), koji.ErrInvalid, "truncated"},
		"truncated payload":     {write("tail", "counter-2.4-1.d1.x86_64.rpm", good[:len(good)-1]), koji.ErrInvalid, "truncated"},
		"truncated, no digest":  {short, koji.ErrInvalid, "truncated"},
		"corrupt payload":       {write("flip", "counter-2.4-1.d1.x86_64.rpm", string(flip)), koji.ErrMismatch, "MD5"},
		"more than the payload": {write("more", "counter-2.4-1.d1.x86_64.rpm", good+"x"), koji.ErrMismatch, "MD5"},
		"missing":               {filepath.Join(dir, "nosuch-1-1.noarch.rpm"), koji.ErrNotFound, "nosuch"},
		"directory":             {dir, koji.ErrInvalid, "regular"},
		"SOURCERPM is no srpm":  {rpm(t, dir, corpus.RPM{Name: "a", Version: "1", Release: "1", SourceRPM: "a-1-1.x86_64.rpm"}), koji.ErrInvalid, "SOURCERPM"},
		"SOURCERPM is a path":   {rpm(t, dir, corpus.RPM{Name: "b", Version: "1", Release: "1", SourceRPM: "../../b-..-..src.rpm"}), koji.ErrUnsafePath, ".."},
		"SOURCERPM climbs":      {rpm(t, dir, corpus.RPM{Name: "c", Version: "1", Release: "1", SourceRPM: "c-..-...src.rpm"}), koji.ErrUnsafePath, ".."},
		"version climbs":        {rpm(t, dir, corpus.RPM{Name: "d", Version: "..", Release: "1", Source: true}), koji.ErrUnsafePath, ".."},
		"long arch":             {rpm(t, dir, corpus.RPM{Name: "e", Version: "1", Release: "1", Arch: "architecturebeyond16"}), koji.ErrInvalid, "arch"},
		"name Koji refuses":     {rpm(t, dir, corpus.RPM{Name: "f~f", Version: "1", Release: "1", Source: true}), koji.ErrInvalid, "f~f"},
		"release of a draft":    {rpm(t, dir, corpus.RPM{Name: "g", Version: "1", Release: "1,draft_7", Source: true}), koji.ErrInvalid, "draft"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newTestSite(t)
			before := s.rows(t)
			_, err := s.Import(context.Background(), s.user, []string{data("rpms/libecho-2.0-1.d1.src.rpm"), c.file}, build.ImportOptions{CreateBuilds: true})
			require.ErrorIs(t, err, c.kind)
			require.ErrorContains(t, err, c.message)
			require.ErrorContains(t, err, c.file)
			require.Equal(t, before, s.rows(t))
			require.Empty(t, s.content(t))
			require.Empty(t, s.leftovers(t))
		})
	}
}

// Every bad file is named, up to a few.
func TestImportNamesAllBadFiles(t *testing.T) {
	s := newTestSite(t)
	dir := t.TempDir()
	var list []string
	for i := range 13 {
		name := filepath.Join(dir, fmt.Sprintf("bad%02d.rpm", i))
		require.NoError(t, os.WriteFile(name, nil, 0o600))
		list = append(list, name)
	}
	_, err := s.Import(context.Background(), s.user, list, build.ImportOptions{})
	require.ErrorIs(t, err, koji.ErrInvalid)
	require.ErrorContains(t, err, "bad00.rpm")
	require.ErrorContains(t, err, "bad09.rpm")
	require.ErrorContains(t, err, "and 3 more files")
}

func TestBinaryNeedsItsBuild(t *testing.T) {
	ctx := context.Background()
	s := newTestSite(t)
	file := data("rpms/counter-2.4-1.d1.x86_64.rpm")
	_, err := s.Import(ctx, s.user, []string{file}, build.ImportOptions{})
	require.ErrorIs(t, err, koji.ErrNotFound)
	require.Equal(t, koji.FaultGeneric, koji.FaultCodeOf(err))
	require.ErrorContains(t, err, "counter-2.4-1.d1.src.rpm")
	require.Empty(t, s.rows(t).Builds)

	s.mustImport(t, data("rpms/counter-2.4-1.d1.src.rpm"))
	result := s.mustImport(t, file)
	require.Equal(t, []build.ImportedBuild{{ID: 1, NVR: koji.NVR{Name: "counter", Version: "2.4", Release: "1.d1"}}}, result.Builds)

	// For users who have binaries only.
	s = newTestSite(t)
	result, err = s.Import(ctx, s.user, []string{file}, build.ImportOptions{CreateBuilds: true, Copy: true})
	require.NoError(t, err)
	require.True(t, result.Builds[0].Created)
	require.Equal(t, storage.Null(1), s.rows(t).Builds[0].Epoch)
	result = s.mustImport(t, data("rpms/counter-2.4-1.d1.src.rpm"))
	require.False(t, result.Builds[0].Created)
}

func TestOnlySomeBuildsTakeRPMs(t *testing.T) {
	ctx := context.Background()
	for state, kind := range map[koji.BuildState]error{
		koji.BuildBuilding: nil, koji.BuildComplete: nil,
		koji.BuildDeleted: koji.ErrState, koji.BuildFailed: koji.ErrState, koji.BuildCanceled: koji.ErrState,
	} {
		t.Run(state.String(), func(t *testing.T) {
			s := newTestSite(t)
			id, err := s.Create(ctx, s.user, koji.NVR{Name: "counter", Version: "2.4", Release: "1.d1"}, build.CreateOptions{Building: true})
			require.NoError(t, err)
			s.setState(t, id, state)
			_, err = s.Import(ctx, s.user, glob(t, "rpms/counter-*"), build.ImportOptions{Copy: true})
			require.ErrorIs(t, err, kind)
			if kind != nil {
				require.ErrorContains(t, err, state.String())
				require.Empty(t, s.rows(t).RPMs)
				require.Empty(t, s.content(t))
			} else {
				require.Equal(t, state, s.rows(t).Builds[0].State)
				require.False(t, s.rows(t).Builds[0].Epoch.Valid, "not compared, not changed")
			}
		})
	}
}

func (s *site) setState(t testing.TB, id koji.BuildID, state koji.BuildState) {
	ctx := context.Background()
	s.update(t, func(tx *storage.Tx) error {
		b, err := tx.Builds().Get(ctx, storage.BuildFilter{ID: storage.Is(id)})
		if err != nil {
			return err
		}
		b.State, b.CompletionTime = state, storage.Null(start)
		if state == koji.BuildBuilding {
			b.CompletionTime.Valid = false
		}
		return tx.Builds().Update(ctx, &b)
	})
}

// A package of format 6, or made by other tools, has no SIGMD5. It gets the hash
// that it would have.
func TestRPMWithoutMD5(t *testing.T) {
	dir := t.TempDir()
	s := newTestSite(t)
	source := rpm(t, dir, corpus.RPM{
		Name: "foo", Version: "1", Release: "1", Source: true, Payload: []byte("payload"),
		Edit: func(sig, _ *corpus.Header) { sig.Drop(1004) },
	})
	file := []byte(read(t, source))
	want := md5.Sum(file[signatureEnd(file):])
	result := s.mustImport(t, source)
	require.Equal(t, hex.EncodeToString(want[:]), result.RPMs[0].PayloadHash)

	// The same file again is still known for what it is, and another is not.
	_, err := s.Import(context.Background(), s.user, []string{source}, build.ImportOptions{})
	require.ErrorIs(t, err, koji.ErrExists)
	other := rpm(t, t.TempDir(), corpus.RPM{
		Name: "foo", Version: "1", Release: "1", Source: true, Payload: []byte("other payload"),
		Edit: func(sig, _ *corpus.Header) { sig.Drop(1004) },
	})
	_, err = s.Import(context.Background(), s.user, []string{other}, build.ImportOptions{})
	require.ErrorIs(t, err, koji.ErrExists)
	require.Empty(t, s.leftovers(t))
}

// signatureEnd returns the offset at which the signature header of an rpm ends.
func signatureEnd(file []byte) int64 {
	n := int64(file[96+10])<<8 | int64(file[96+11])
	d := int64(file[96+13])<<16 | int64(file[96+14])<<8 | int64(file[96+15])
	return 96 + (16+16*n+d+7)/8*8
}

func TestImportNotesTheTagsOfOldBuilds(t *testing.T) {
	ctx := context.Background()
	s := newTestSite(t)
	s.mustImport(t, data("rpms/counter-2.4-1.d1.src.rpm"), data("rpms/libecho-2.0-1.d1.src.rpm"))
	s.update(t, func(tx *storage.Tx) error {
		tx.Actor = s.user
		for _, name := range []string{"f40", "f41", "unrelated"} {
			if err := tx.Tags().Insert(ctx, &storage.Tag{Name: name}); err != nil {
				return err
			}
		}
		for build, tags := range map[koji.BuildID][]koji.TagID{1: {1, 2}, 2: {1}} {
			for _, tag := range tags {
				if err := tx.TagListings().Insert(ctx, &storage.TagListing{Build: build, Tag: tag}); err != nil {
					return err
				}
			}
		}
		return nil
	})
	s.mustImport(t, data("rpms/counter-2.4-1.d1.x86_64.rpm"), data("rpms/libecho-2.0-1.d1.x86_64.rpm"), data("rpms/fonts-plain-20231201-1.d1.src.rpm"))
	var tags []koji.TagID
	for _, u := range s.rows(t).TagUpdates {
		require.Equal(t, koji.TagUpdateImport, u.Type)
		require.Equal(t, s.user, u.Updater)
		tags = append(tags, u.Tag)
	}
	require.Equal(t, []koji.TagID{1, 2}, tags)
}
