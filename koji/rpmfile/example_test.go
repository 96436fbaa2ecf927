package rpmfile_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"os"

	"github.com/kojikit/kojikit/koji/rpmfile"
)

func Example() {
	f, err := rpmfile.ReadFile("testdata/rich.rpm")
	if err != nil {
		fmt.Println(err)
		return
	}
	key, err := f.Signature.Key()
	if err != nil {
		fmt.Println(err)
		return
	}
	nvra := f.NVRA()
	fmt.Printf("%s, epoch %q, key %q\n", nvra, nvra.Epoch, key)
	fmt.Println(f.Header.String(rpmfile.TagSummary))
	modes := f.Header.Uints(rpmfile.TagFileModes)
	for i, name := range f.Header.Strings(rpmfile.TagBaseNames)[:3] {
		fmt.Printf("%06o %s\n", modes.At(i), name)
	}
	// Output:
	// rich-2.5~rc1-3.x86_64, epoch "0", key ""
	// Package with nearly every tag
	// 020000 richconsole
	// 100600 rich.conf
	// 120777 alias
}

func ExampleRead() {
	fd, err := os.Open("testdata/plain.rpm")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer fd.Close()
	f, err := rpmfile.Read(fd)
	if err != nil {
		fmt.Println(err)
		return
	}
	// The reader stands at the payload now.
	sum, err := f.SumMD5(fd)
	fmt.Println(f.NVRA(), bytes.Equal(sum[:], f.Signature.MD5()), err)
	// Output: plain-1.0-1.noarch true <nil>
}

func ExampleSignatureHeader_Signatures() {
	for _, name := range []string{"plain-rsa.rpm", "plain-eddsa-v3.rpm"} {
		f, err := rpmfile.ReadFile("testdata/" + name)
		if err != nil {
			fmt.Println(err)
			return
		}
		sigs, err := f.Signature.Signatures()
		if err != nil {
			fmt.Println(err)
			return
		}
		for _, sig := range sigs {
			fmt.Printf("%s: tag %d, version %d, %s with %s, header only: %t\n",
				name, sig.Tag, sig.Version, sig.Algorithm, sig.Hash, sig.HeaderOnly)
		}
	}
	// Output:
	// plain-rsa.rpm: tag 268, version 4, RSA with SHA512, header only: true
	// plain-eddsa-v3.rpm: tag 1005, version 4, EdDSA with SHA256, header only: false
	// plain-eddsa-v3.rpm: tag 267, version 4, EdDSA with SHA256, header only: true
}

func ExampleSplice() {
	signed, err := rpmfile.ReadFile("testdata/plain-rsa.rpm")
	if err != nil {
		fmt.Println(err)
		return
	}
	stored := signed.Signature.Raw() // what Koji keeps as plain.rpm.sig

	fd, err := os.Open("testdata/plain.rpm")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer fd.Close()
	info, err := fd.Stat()
	if err != nil {
		fmt.Println(err)
		return
	}
	sig, err := rpmfile.ParseSignatureHeader(stored)
	if err != nil {
		fmt.Println(err)
		return
	}
	var out bytes.Buffer
	sum := sha256.New() // in the same pass
	_, err = rpmfile.Splice(io.MultiWriter(&out, sum), fd, info.Size(), sig)
	want, _ := os.ReadFile("testdata/plain-rsa.rpm")
	fmt.Println(bytes.Equal(out.Bytes(), want), sha256.Sum256(want) == [32]byte(sum.Sum(nil)), err)
	// Output: true true <nil>
}
