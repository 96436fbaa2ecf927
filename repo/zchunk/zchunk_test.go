package zchunk_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/internal/hosttool"
	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/repo/zchunk"
)

// prose returns n bytes of text that compresses as XML does.
func prose(n int, seed uint64) []byte {
	rng := rand.New(rand.NewPCG(seed, 0))
	var b []byte
	for len(b) < n {
		b = fmt.Appendf(b, "<package pkgid=\"%064x\" name=\"name%d\">\n  <file>/usr/share/doc/%d</file>\n</package>\n", rng.Uint64(), rng.IntN(5000), rng.IntN(100))
	}
	return b[:n]
}

// pack writes a file with chunks where the content is divided.
func pack(tb testing.TB, o zchunk.Options, chunks ...[]byte) ([]byte, *zchunk.Header) {
	tb.Helper()
	var out bytes.Buffer
	w, err := zchunk.NewWriter(&out, o)
	require.NoError(tb, err)
	for _, c := range chunks {
		_, err := w.Write(c)
		require.NoError(tb, err)
		require.NoError(tb, w.EndChunk())
	}
	require.NoError(tb, w.Close())
	return out.Bytes(), w.Header()
}

func unpack(tb testing.TB, file []byte) ([]byte, *zchunk.Header) {
	tb.Helper()
	r, err := zchunk.NewReader(bytes.NewReader(file), zchunk.Limits{})
	require.NoError(tb, err)
	defer r.Close()
	content, err := io.ReadAll(r)
	require.NoError(tb, err)
	return content, r.Header()
}

// variants are options of every kind.
func variants() map[string]zchunk.Options {
	return map[string]zchunk.Options{
		"default":         {},
		"manual":          {Manual: true},
		"level 19":        {Level: 19},
		"raw dictionary":  {Dictionary: prose(20_000, 9), Manual: true},
		"uncompressed":    {Compression: zchunk.Uncompressed},
		"sha1":            {ChecksumType: zchunk.SHA1, ChunkChecksumType: zchunk.SHA1},
		"sha256":          {ChunkChecksumType: zchunk.SHA256},
		"sha512":          {ChecksumType: zchunk.SHA512, ChunkChecksumType: zchunk.SHA512},
		"sha512/128":      {ChecksumType: zchunk.SHA512_128, ChunkChecksumType: zchunk.SHA512_128},
		"open checksums":  {OpenChecksums: true, ChunkChecksumType: zchunk.SHA256},
		"elements":        {Elements: []zchunk.Element{{ID: 7, Data: []byte("seven")}, {ID: 300, Data: []byte{}}}},
		"dict, open sums": {OpenChecksums: true, Dictionary: prose(3000, 9)},
	}
}

func TestWhatIsWrittenReadsBack(t *testing.T) {
	for name, o := range variants() {
		t.Run(name, func(t *testing.T) {
			for _, chunks := range [][][]byte{
				nil, {[]byte("x")}, {prose(1000, 1), prose(300_000, 2), prose(1, 3)}, {prose(1<<20, 4)},
			} {
				file, header := pack(t, o, chunks...)
				content, read := unpack(t, file)
				require.True(t, bytes.Equal(bytes.Join(chunks, nil), content))
				require.Equal(t, header.Checksum, read.Checksum)
				require.Equal(t, header.Size, read.Size)
				require.Equal(t, header.Size+header.BodySize(), int64(len(file)))
				require.Len(t, read.Chunks, len(header.Chunks))
				require.Equal(t, o.Elements, read.Elements)
				if o.Manual {
					require.Len(t, read.Chunks, len(chunks))
				}
			}
		})
	}
}

// TestUnzckReadsWhatIsWritten has the tools of the format decompress and verify
// files. They take SHA-512 for the checksums of chunks alone, and an empty file for
// an error.
func TestUnzckReadsWhatIsWritten(t *testing.T) {
	unzck, inspect := hosttool.Need(t, "unzck"), hosttool.Need(t, "zck_read_header")
	want := bytes.Join([][]byte{prose(1000, 1), prose(300_000, 2)}, nil)
	for name, o := range variants() {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "content.zck")
			packed, header := pack(t, o, want[:1000], want[1000:])
			require.NoError(t, os.WriteFile(path, packed, 0o644))
			for _, cmd := range []*exec.Cmd{exec.Command(unzck, path), exec.Command(inspect, "--verify", "--show-chunks", path)} {
				cmd.Dir = dir
				out, err := cmd.CombinedOutput()
				require.NoError(t, err, "%s", out)
				if cmd.Path == inspect {
					require.Contains(t, string(out), fmt.Sprintf("Header size: %d\nHeader checksum: %x\n", header.Size, header.Checksum))
					for _, c := range header.Chunks {
						require.Contains(t, string(out), hex.EncodeToString(c.Checksum))
					}
				}
			}
			content, err := os.ReadFile(filepath.Join(dir, "content"))
			require.NoError(t, err)
			require.True(t, bytes.Equal(want, content))
		})
	}
}

// TestReadsWhatZckWrites reads files of the reference implementation, whose
// header-only files must describe the same.
func TestReadsWhatZckWrites(t *testing.T) {
	zck, unzck := hosttool.Need(t, "zck"), hosttool.Need(t, "unzck")
	want := prose(400_000, 5)
	dir := t.TempDir()
	dictionary := filepath.Join(dir, "dict")
	require.NoError(t, os.WriteFile(dictionary, prose(10_000, 6), 0o644))
	for name, args := range map[string][]string{
		"default":        nil,
		"split":          {"--split=<package"},
		"uncompressed":   {"--compression-format=none"},
		"sha256":         {"--chunk-hash-type=sha256"},
		"sha512":         {"--chunk-hash-type=sha512"},
		"open checksums": {"--uncompressed"},
		"dictionary":     {"--dict=" + dictionary, "--manual-chunk", "--split=<package"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			require.NoError(t, os.WriteFile(filepath.Join(dir, "content"), want, 0o644))
			run := func(tool string, args ...string) {
				cmd := exec.Command(tool, args...)
				cmd.Dir = dir
				out, err := cmd.CombinedOutput()
				require.NoError(t, err, "%s", out)
			}
			run(zck, append(args, "-o", "content.zck", "content")...)
			file, err := os.ReadFile(filepath.Join(dir, "content.zck"))
			require.NoError(t, err)
			content, header := unpack(t, file)
			require.NoError(t, os.Remove(filepath.Join(dir, "content")))
			run(unzck, "content.zck")
			// Not what went in: zck --split loses a byte now and then.
			theirs, err := os.ReadFile(filepath.Join(dir, "content"))
			require.NoError(t, err)
			require.True(t, bytes.Equal(theirs, content))
			require.Equal(t, name == "dictionary", header.Dictionary.Size > 0)

			rewritten, err := header.Append(nil)
			require.NoError(t, err)
			require.Equal(t, file[:header.Size], rewritten)

			run(unzck, "--header", "content.zck")
			detached, err := os.Open(filepath.Join(dir, "content.zhr"))
			require.NoError(t, err)
			defer detached.Close()
			only, err := zchunk.ReadHeader(detached, zchunk.Limits{})
			require.NoError(t, err)
			require.Equal(t, header, only)
		})
	}
}

// TestTrainedDictionaries uses a dictionary of zstd's own form, both ways.
func TestTrainedDictionaries(t *testing.T) {
	zstd, zck, unzck := hosttool.Need(t, "zstd"), hosttool.Need(t, "zck"), hosttool.Need(t, "unzck")
	dir := t.TempDir()
	run := func(tool string, args ...string) {
		cmd := exec.Command(tool, args...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", out)
	}
	args := []string{"-q", "--train", "--maxdict=20000", "-o", "dict"}
	for i := range 300 {
		name := fmt.Sprint("sample", i)
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), prose(2000, uint64(i)), 0o644))
		args = append(args, name)
	}
	run(zstd, args...)
	dictionary, err := os.ReadFile(filepath.Join(dir, "dict"))
	require.NoError(t, err)

	var chunks [][]byte
	for i := range 10 {
		chunks = append(chunks, prose(2000, uint64(1000+i)))
	}
	want := bytes.Join(chunks, nil)
	ours, header := pack(t, zchunk.Options{Dictionary: dictionary, Manual: true}, chunks...)
	content, _ := unpack(t, ours)
	require.True(t, bytes.Equal(want, content))
	without, _ := pack(t, zchunk.Options{Manual: true}, chunks...)
	require.Less(t, header.BodySize()-header.Dictionary.Size, int64(len(without))*9/10, "the dictionary is of use")

	require.NoError(t, os.WriteFile(filepath.Join(dir, "ours.zck"), ours, 0o644))
	run(unzck, "ours.zck")
	content, err = os.ReadFile(filepath.Join(dir, "ours"))
	require.NoError(t, err)
	require.True(t, bytes.Equal(want, content))

	run(zck, "--dict=dict", "-o", "theirs.zck", "ours")
	theirs, err := os.ReadFile(filepath.Join(dir, "theirs.zck"))
	require.NoError(t, err)
	content, _ = unpack(t, theirs)
	require.True(t, bytes.Equal(want, content))

	damaged := append(bytes.Clone(dictionary[:40]), "and nothing more"...)
	_, err = zchunk.NewWriter(io.Discard, zchunk.Options{Dictionary: damaged})
	require.ErrorIs(t, err, koji.ErrInvalid)
}

func TestAChangeLeavesOtherChunksAsTheyWere(t *testing.T) {
	content := prose(3<<20, 1)
	_, before := pack(t, zchunk.Options{}, content)
	changed := bytes.Join([][]byte{content[:1<<20], []byte("something new"), content[1<<20:]}, nil)
	_, after := pack(t, zchunk.Options{}, changed)
	known := map[string]bool{}
	for _, c := range before.Chunks {
		known[string(c.Checksum)] = true
	}
	var fresh int
	for _, c := range after.Chunks {
		if !known[string(c.Checksum)] {
			fresh++
		}
	}
	require.Greater(t, len(before.Chunks), 30)
	require.LessOrEqual(t, fresh, 3)
	var pieces [][]byte
	for piece := range zchunk.Split(content) {
		pieces = append(pieces, piece)
	}
	require.Len(t, pieces, len(before.Chunks))
}

func TestLongChunksAreCut(t *testing.T) {
	content := bytes.Repeat([]byte("0123456789abcdef"), (zchunk.MaxChunk*2+160)/16)
	file, header := pack(t, zchunk.Options{Manual: true, Level: 1}, content)
	require.Len(t, header.Chunks, 3)
	require.Equal(t, int64(zchunk.MaxChunk), header.Chunks[1].OpenSize)
	got, _ := unpack(t, file)
	require.Equal(t, sha256.Sum256(content), sha256.Sum256(got))
}

func TestBodyMayWaitInAFile(t *testing.T) {
	want, _ := pack(t, zchunk.Options{}, prose(500_000, 1))
	body, err := os.Create(filepath.Join(t.TempDir(), "body"))
	require.NoError(t, err)
	defer body.Close()
	got, _ := pack(t, zchunk.Options{Body: body}, prose(500_000, 1))
	require.Equal(t, want, got)
}

func TestStreamsOtherThanTheFirstAreSkipped(t *testing.T) {
	file, header := pack(t, zchunk.Options{Manual: true}, []byte("one "), []byte("two "), []byte("three"))
	body := file[header.Size:]
	header.Streams = true
	header.Chunks[1].Stream = 2
	head, err := header.Append([]byte("before"))
	require.NoError(t, err)
	content, _ := unpack(t, append(head[len("before"):], body...))
	require.Equal(t, "one three", string(content))
}

func TestSignaturesAreKept(t *testing.T) {
	signatures := []zchunk.Signature{{Type: 1, Data: []byte("signature")}, {Type: 2}}
	file, _ := pack(t, zchunk.Options{Signatures: signatures}, []byte("x"))
	_, header := unpack(t, file)
	require.Len(t, header.Signatures, 2)
	require.Equal(t, signatures[0], header.Signatures[0])
}

func TestDamageIsAnError(t *testing.T) {
	file, header := pack(t, zchunk.Options{Dictionary: prose(500, 9), Manual: true}, prose(3000, 1), prose(100, 2))
	read := func(file []byte) error {
		r, err := zchunk.NewReader(bytes.NewReader(file), zchunk.Limits{})
		if err != nil {
			return err
		}
		_, err = io.ReadAll(r)
		return err
	}
	require.NoError(t, read(file))
	for i := range file {
		damaged := bytes.Clone(file)
		damaged[i] ^= 1
		require.Error(t, read(damaged), "byte %d", i)
		if int64(i) >= header.Size {
			require.ErrorIs(t, read(damaged), koji.ErrMismatch)
		}
		require.ErrorIs(t, read(file[:i]), io.ErrUnexpectedEOF, "cut off at %d", i)
	}
}

// resealed changes a header and makes its checksum right again.
func resealed(t *testing.T, change func(*zchunk.Header)) []byte {
	t.Helper()
	file, header := pack(t, zchunk.Options{Manual: true}, prose(3000, 1))
	body := file[header.Size:]
	change(header)
	head, err := header.Append(nil)
	require.NoError(t, err)
	return append(head, body...)
}

func TestLiesOfAHeaderAreErrors(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*zchunk.Header)
		want   error
	}{
		"too short":      {func(h *zchunk.Header) { h.Chunks[0].OpenSize-- }, koji.ErrInvalid},
		"too long":       {func(h *zchunk.Header) { h.Chunks[0].OpenSize++ }, koji.ErrInvalid},
		"a bomb":         {func(h *zchunk.Header) { h.Chunks[0].OpenSize = 1 << 40 }, koji.ErrLimit},
		"another bomb":   {func(h *zchunk.Header) { h.Chunks[0].Size = 1 << 40 }, koji.ErrLimit},
		"more to come":   {func(h *zchunk.Header) { h.Chunks[0].Size = 1 << 20 }, io.ErrUnexpectedEOF},
		"data checksum":  {func(h *zchunk.Header) { h.DataChecksum[0] ^= 1 }, koji.ErrMismatch},
		"no data sum":    {func(h *zchunk.Header) { h.DataChecksum = make([]byte, 32) }, koji.ErrMismatch},
		"chunk checksum": {func(h *zchunk.Header) { h.Chunks[0].Checksum[0] ^= 1 }, koji.ErrMismatch},
		"open checksum": {func(h *zchunk.Header) {
			h.OpenChecksums = true
			h.Chunks[0].OpenChecksum = make([]byte, 16)
			h.Dictionary.OpenChecksum = make([]byte, 16)
		}, koji.ErrMismatch},
		"not compressed": {func(h *zchunk.Header) { h.Compression = zchunk.Uncompressed }, koji.ErrInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := zchunk.NewReader(bytes.NewReader(resealed(t, test.change)), zchunk.Limits{})
			require.NoError(t, err)
			_, err = io.ReadAll(r)
			require.ErrorIs(t, err, test.want)
		})
	}
}

func TestOddHeadersAreErrors(t *testing.T) {
	// seal makes a file of what follows the lead.
	seal := func(body string) string {
		lead := "\x00ZCK1\x81" + string([]byte{byte(len(body)) | 0x80})
		sum := sha256.Sum256([]byte(lead + body))
		return lead + string(sum[:]) + body
	}
	data, none := strings.Repeat("d", 32), strings.Repeat("\x00", 16)
	require.NoError(t, func() error {
		_, err := zchunk.ReadHeader(strings.NewReader(seal(data+"\x80\x82\x94\x83\x81"+none+"\x80\x80\x80")), zchunk.Limits{})
		return err
	}())
	for name, file := range map[string]string{
		"empty":               "",
		"not a zchunk file":   "\x00ZCK2\x81\x80",
		"checksum type":       "\x00ZCK1\x84\x80",
		"huge":                "\x00ZCK1\x81\x00\x00\x00\x00\x00\x00\x81",
		"integer":             "\x00ZCK1\x81\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00",
		"no preface":          seal(""),
		"flags":               seal(data + "\x88\x82\x94\x83\x81" + none + "\x80\x80\x80"),
		"compression":         seal(data + "\x80\x81\x94\x83\x81" + none + "\x80\x80\x80"),
		"elements":            seal(data + "\x82\x82\xff\x81\x85x"),
		"index size":          seal(data + "\x80\x82\xff\x83\x81" + none + "\x80\x80\x80"),
		"index too long":      seal(data + "\x80\x82\x95\x83\x81" + none + "\x80\x80\x80\x80"),
		"chunk checksum type": seal(data + "\x80\x82\x94\x84\x81" + none + "\x80\x80\x80"),
		"chunk count":         seal(data + "\x80\x82\x94\x83\x82" + none + "\x80\x80\x80"),
		"no chunks":           seal(data + "\x80\x82\x94\x83\x80" + none + "\x80\x80\x80"),
		"signatures":          seal(data + "\x80\x82\x94\x83\x81" + none + "\x80\x80\x81\x80\x85"),
		"rest":                seal(data + "\x80\x82\x94\x83\x81" + none + "\x80\x80\x80x"),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := zchunk.ReadHeader(strings.NewReader(file), zchunk.Limits{})
			require.Error(t, err)
			require.NotErrorIs(t, err, koji.ErrMismatch)
		})
	}
}

func TestOptionsThatCannotBeMet(t *testing.T) {
	for name, o := range map[string]zchunk.Options{
		"level":                {Level: 23},
		"checksum type":        {ChecksumType: 9},
		"chunk checksum type":  {ChunkChecksumType: -1},
		"a trained dictionary": {Dictionary: []byte("\x37\xa4\x30\xec and nothing more")},
	} {
		_, err := zchunk.NewWriter(io.Discard, o)
		require.ErrorIs(t, err, koji.ErrInvalid, name)
	}
	_, err := (&zchunk.Header{}).Append(nil)
	require.ErrorIs(t, err, koji.ErrInvalid)
	_, err = (&zchunk.Header{DataChecksum: make([]byte, 32), Chunks: []zchunk.Chunk{{}}}).Append(nil)
	require.ErrorIs(t, err, koji.ErrInvalid)
}

func TestUseAfterClose(t *testing.T) {
	w, err := zchunk.NewWriter(io.Discard, zchunk.Options{})
	require.NoError(t, err)
	require.NoError(t, w.Close())
	require.NoError(t, w.Close())
	_, err = w.Write([]byte("x"))
	require.ErrorIs(t, err, koji.ErrState)

	file, _ := pack(t, zchunk.Options{}, []byte("x"))
	r, err := zchunk.NewReader(bytes.NewReader(file), zchunk.Limits{})
	require.NoError(t, err)
	require.NoError(t, r.Close())
	_, err = r.Read(make([]byte, 1))
	require.ErrorIs(t, err, koji.ErrState)
}

func FuzzReader(f *testing.F) {
	for _, o := range variants() {
		file, _ := pack(f, o, prose(600, 1), prose(50, 2))
		f.Add(file)
	}
	f.Add([]byte("\x00ZHR1\x81\x80"))
	limits := zchunk.Limits{Header: 1 << 16, Chunk: 1 << 20}
	f.Fuzz(func(t *testing.T, file []byte) {
		// Without right checksums nothing would get beyond them.
		for _, input := range [][]byte{file, withChecksum(file)} {
			r, err := zchunk.NewReader(bytes.NewReader(input), limits)
			if err != nil {
				continue
			}
			content, err := io.ReadAll(r)
			require.NoError(t, r.Close())
			if err != nil {
				continue
			}
			var size int64
			for _, c := range r.Header().Chunks {
				size += c.OpenSize
			}
			if !r.Header().Streams {
				require.Equal(t, size, int64(len(content)))
			}
			head, err := r.Header().Append(nil)
			require.NoError(t, err)
			again, err := zchunk.ReadHeader(bytes.NewReader(head), zchunk.Limits{})
			require.NoError(t, err)
			require.Equal(t, r.Header().Chunks, again.Chunks)
		}
	})
}

// withChecksum puts the right SHA-256 into a header of less than 128 bytes or
// less than 16 KiB after its lead.
func withChecksum(file []byte) []byte {
	for _, lead := range []int{7, 8} {
		if len(file) < lead+32 {
			break
		}
		var size int
		for i, b := range file[6:lead] {
			size |= int(b&0x7f) << (7 * i)
		}
		if file[5] == 0x81 && file[lead-1]&0x80 != 0 && len(file) >= lead+32+size {
			sum := sha256.New()
			sum.Write(file[:lead])
			sum.Write(file[lead+32 : lead+32+size])
			fixed := bytes.Clone(file)
			copy(fixed[lead:], sum.Sum(nil))
			return fixed
		}
	}
	return nil
}

func Example() {
	var file bytes.Buffer
	w, err := zchunk.NewWriter(&file, zchunk.Options{Manual: true})
	if err != nil {
		panic(err)
	}
	for _, chunk := range []string{"first chunk\n", "second chunk\n"} {
		if _, err := io.WriteString(w, chunk); err != nil {
			panic(err)
		}
		if err := w.EndChunk(); err != nil {
			panic(err)
		}
	}
	if err := w.Close(); err != nil {
		panic(err)
	}

	r, err := zchunk.NewReader(&file, zchunk.Limits{})
	if err != nil {
		panic(err)
	}
	defer r.Close()
	content, err := io.ReadAll(r)
	if err != nil {
		panic(err)
	}
	fmt.Print(string(content))
	fmt.Println(len(r.Header().Chunks), "chunks with", r.Header().ChunkChecksumType)
	// Output:
	// first chunk
	// second chunk
	// 2 chunks with SHA-512/128
}

func BenchmarkWriter(b *testing.B) {
	content := prose(8<<20, 1)
	for name, o := range map[string]zchunk.Options{"default": {}, "dictionary": {Dictionary: prose(100_000, 2)}} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(content)))
			b.ReportAllocs()
			for b.Loop() {
				pack(b, o, content)
			}
		})
	}
}

func BenchmarkReader(b *testing.B) {
	content := prose(8<<20, 1)
	file, _ := pack(b, zchunk.Options{}, content)
	b.SetBytes(int64(len(content)))
	b.ReportAllocs()
	for b.Loop() {
		r, err := zchunk.NewReader(bytes.NewReader(file), zchunk.Limits{})
		require.NoError(b, err)
		_, err = io.Copy(io.Discard, r)
		require.NoError(b, err)
		require.NoError(b, r.Close())
	}
}
