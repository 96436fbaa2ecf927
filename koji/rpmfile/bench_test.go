package rpmfile

import (
	"bytes"
	"fmt"
	"io"
	"testing"

	"github.com/sassoftware/go-rpmutils"
	"github.com/stretchr/testify/require"
)

// large is an rpm with as many files as a kernel package has.
func large(tb testing.TB) []byte {
	const files, dirs = 20_000, 2_000
	plain := parse(tb, load(tb, "testdata", "plain.rpm"))
	var (
		bases, dirNames, digests, users, links, langs                  []string
		sizes, dirIndexes, devices, flags, mtimes, inodes, verifyFlags []uint32
	)
	for i := range dirs {
		dirNames = append(dirNames, fmt.Sprintf("/lib/modules/6.8.0/kernel/drivers/dir%04d/", i))
	}
	for i := range files {
		bases = append(bases, fmt.Sprintf("module_%05d.ko.xz", i))
		digests = append(digests, fmt.Sprintf("%064x", i))
		users, links, langs = append(users, "root"), append(links, ""), append(langs, "")
		n := uint32(i)
		sizes, dirIndexes, devices = append(sizes, n), append(dirIndexes, n%dirs), append(devices, 1)
		flags, mtimes, inodes, verifyFlags = append(flags, 0), append(mtimes, n), append(inodes, n), append(verifyFlags, n)
	}
	list := without(items(plain.Header), TagBaseNames, TagDirNames, TagDirIndexes, TagFileSizes, TagFileModes, TagFileDigests,
		TagFileUserName, TagFileGroupName, TagFileLinkTos, TagFileLangs, TagFileFlags, TagFileMTimes, TagFileInodes, TagFileVerifyFlags,
		TagFileRDevs, TagFileDevices)
	uint16s := func(tag Tag, n uint16) item {
		return item{tag, TypeInt16, files, bytes.Repeat([]byte{byte(n >> 8), byte(n)}, files)}
	}
	list = append(list, texts(TagBaseNames, bases...), texts(TagDirNames, dirNames...), uint32s(TagDirIndexes, dirIndexes...),
		uint32s(TagFileSizes, sizes...), uint16s(TagFileModes, 0o100644), uint16s(TagFileRDevs, 0), texts(TagFileDigests, digests...), texts(TagFileUserName, users...),
		texts(TagFileGroupName, users...), texts(TagFileLinkTos, links...), texts(TagFileLangs, langs...),
		uint32s(TagFileFlags, flags...), uint32s(TagFileMTimes, mtimes...), uint32s(TagFileInodes, inodes...),
		uint32s(TagFileVerifyFlags, verifyFlags...), uint32s(TagFileDevices, devices...))
	return assemble(tb, encode(TagHeaderSignatures, items(&plain.Signature.Header)...), encode(TagHeaderImmutable, list...), nil)
}

// withoutDigests drops the header digests: go-rpmutils checks them on reading,
// which is not what is compared.
func withoutDigests(tb testing.TB, data []byte) []byte {
	f := parse(tb, data)
	kept := without(items(&f.Signature.Header), SigTagSHA1, SigTagSHA256)
	return assemble(tb, encode(TagHeaderSignatures, kept...), data[f.HeaderStart:f.HeaderEnd], data[f.HeaderEnd:])
}

func benchmarkSizes(b *testing.B, run func(b *testing.B, data []byte)) {
	for _, size := range []struct {
		name string
		data []byte
	}{{"small", load(b, "testdata", "rich.rpm")}, {"large", large(b)}} {
		b.Run(size.name, func(b *testing.B) {
			data := withoutDigests(b, size.data)
			b.ReportAllocs()
			b.SetBytes(parse(b, data).HeaderEnd)
			run(b, data)
		})
	}
}

func BenchmarkReadAt(b *testing.B) {
	benchmarkSizes(b, func(b *testing.B, data []byte) {
		r := bytes.NewReader(data)
		for b.Loop() {
			if _, err := ReadAt(r, int64(len(data))); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkRead(b *testing.B) {
	benchmarkSizes(b, func(b *testing.B, data []byte) {
		r := bytes.NewReader(data)
		for b.Loop() {
			r.Reset(data)
			if _, err := Read(r); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkReadWithGoRPMUtils(b *testing.B) {
	benchmarkSizes(b, func(b *testing.B, data []byte) {
		r := bytes.NewReader(data)
		for b.Loop() {
			r.Reset(data)
			if _, err := rpmutils.ReadHeader(r); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkFiles reads a package and visits name, mode, size and digest of each
// of its files.
func BenchmarkFiles(b *testing.B) {
	benchmarkSizes(b, func(b *testing.B, data []byte) {
		r := bytes.NewReader(data)
		var dirs []string
		for b.Loop() {
			f, err := ReadAt(r, int64(len(data)))
			if err != nil {
				b.Fatal(err)
			}
			h, sum := f.Header, uint64(0)
			dirNames, _ := h.Lookup(TagDirNames)
			dirs = dirNames.AppendStrings(dirs[:0])
			indexes, modes, sizes := h.Uints(TagDirIndexes), h.Uints(TagFileModes), h.Uints(TagFileSizes)
			bases, _ := h.Lookup(TagBaseNames)
			digests, _ := h.Lookup(TagFileDigests)
			i := 0
			for base := range bases.StringSeq() {
				sum += uint64(len(dirs[indexes.At(i)])+len(base)) + modes.At(i) + sizes.At(i)
				i++
			}
			for digest := range digests.StringSeq() {
				sum += uint64(len(digest))
			}
			if sum == 0 {
				b.Fatal("no files")
			}
		}
	})
}

func BenchmarkFilesWithGoRPMUtils(b *testing.B) {
	benchmarkSizes(b, func(b *testing.B, data []byte) {
		r := bytes.NewReader(data)
		for b.Loop() {
			r.Reset(data)
			h, err := rpmutils.ReadHeader(r)
			if err != nil {
				b.Fatal(err)
			}
			files, err := h.GetFiles()
			if err != nil {
				b.Fatal(err)
			}
			sum := int64(0)
			for _, file := range files {
				sum += int64(len(file.Name())+len(file.Digest())+file.Mode()) + file.Size()
			}
			if sum == 0 {
				b.Fatal("no files")
			}
		}
	})
}

func BenchmarkNVRA(b *testing.B) {
	f := parse(b, load(b, "testdata", "rich.rpm"))
	b.ReportAllocs()
	for b.Loop() {
		if f.NVRA().Name == "" {
			b.Fatal("no name")
		}
	}
}

func BenchmarkKey(b *testing.B) {
	s := parse(b, load(b, "testdata", "plain-rsa.rpm")).Signature
	b.ReportAllocs()
	for b.Loop() {
		if key, err := s.Key(); err != nil || key == "" {
			b.Fatal(key, err)
		}
	}
}

func BenchmarkSplice(b *testing.B) {
	data := load(b, "testdata", "plain.rpm")
	f := parse(b, data)
	payload := make([]byte, 64<<20)
	data = append(data[:f.HeaderEnd:f.HeaderEnd], payload...)
	sig, err := ParseSignatureHeader(f.Signature.Raw())
	require.NoError(b, err)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Splice(onlyWriter{io.Discard}, bytes.NewReader(data), int64(len(data)), sig); err != nil {
			b.Fatal(err)
		}
	}
}

// onlyWriter hides that io.Discard can read by itself.
type onlyWriter struct{ io.Writer }
