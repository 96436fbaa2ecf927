package build

import (
	"bufio"
	"context"
	"crypto/md5"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"path"
	"strings"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/koji/rpmfile"
)

// header is what an import has to know of an rpm. Two readings of one file are
// equal.
type header struct {
	nvra        koji.NVRA // without epoch
	epoch       sql.Null[int]
	sourceRPM   string
	buildTime   int64
	payloadHash string // hex of SIGMD5; empty if the file has none
	sigKey      string
	sigHash     string
}

// maxArch is the length of the arch column.
const maxArch = 16

// describe extracts the header of an rpm. It keeps nothing of the file alive.
func describe(f *rpmfile.File) (header, error) {
	if _, err := f.VerifyHeader(); err != nil {
		return header{}, err
	}
	nvra := f.NVRA()
	if err := nvra.Validate(); err != nil {
		return header{}, err
	}
	if len(nvra.Arch) > maxArch {
		return header{}, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "arch %.40q is longer than %d characters", nvra.Arch, maxArch)
	}
	epoch, ok := f.Epoch()
	if epoch > math.MaxInt32 {
		return header{}, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "epoch %d is out of range", epoch)
	}
	key, err := f.Signature.Key()
	if err != nil {
		return header{}, err
	}
	sigHash := md5.Sum(f.Signature.Raw())
	return header{
		nvra: koji.NVRA{
			NVR: koji.NVR{
				Name:    strings.Clone(nvra.Name),
				Version: strings.Clone(nvra.Version),
				Release: strings.Clone(nvra.Release),
			},
			Arch: strings.Clone(nvra.Arch),
		},
		epoch:       null(int(epoch), ok),
		sourceRPM:   strings.Clone(f.SourceRPM()),
		buildTime:   f.BuildTime(),
		payloadHash: hex.EncodeToString(f.Signature.MD5()),
		sigKey:      key,
		sigHash:     hex.EncodeToString(sigHash[:]),
	}, nil
}

// isSource tells whether the rpm is a source package.
func (h *header) isSource() bool { return h.nvra.Arch == "src" }

// build returns the NVR of the build that the rpm belongs to: its own for a source
// package, else that of the source package it was built from.
func (h *header) build() (koji.NVR, error) {
	if h.isSource() {
		return h.nvra.NVR, nil
	}
	source, err := koji.ParseNVRA(h.sourceRPM)
	if err != nil || source.Arch != "src" && source.Arch != "nosrc" || source.Location != "" || source.Epoch != "" {
		return koji.NVR{}, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "SOURCERPM %.200q is not the name of a source package", h.sourceRPM)
	}
	return source.NVR, source.NVR.Validate()
}

// checkName reports whether a file is called what its header says, which is how
// it will be found later.
func (h *header) checkName(file string) error {
	if got, want := path.Base(file), h.nvra.Filename(); got != want {
		return koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "bad filename: %.200q, by its header it is %.200q", got, want)
	}
	return nil
}

// sums are the digests of one rpm file.
type sums struct {
	md5, sha256 string // of the file
	payloadHash string // MD5 of main header and payload
}

// digester reads whole rpm files, one after the other.
type digester struct {
	buf *bufio.Reader
}

func newDigester() *digester { return &digester{buf: bufio.NewReaderSize(nil, 128<<10)} }

// digest reads an rpm of a given size in one pass. It returns what the rpm says of
// itself and what it really is; the two agree, or it fails. The signature header
// is returned as it stands in the file.
func (d *digester) digest(r io.Reader, size int64) (header, sums, []byte, error) {
	fail := func(err error) (header, sums, []byte, error) { return header{}, sums{}, nil, err }
	md5Sum, sha256Sum := md5.New(), sha256.New()
	d.buf.Reset(io.TeeReader(r, io.MultiWriter(md5Sum, sha256Sum)))
	f, err := rpmfile.Read(d.buf)
	if err != nil {
		return fail(err)
	}
	h, err := describe(f)
	if err != nil {
		return fail(err)
	}
	payload := md5.New()
	if _, err := f.Header.WriteTo(payload); err != nil {
		return fail(err)
	}
	if err := verify(f, io.TeeReader(d.buf, payload), size); err != nil {
		return fail(err)
	}
	s := sums{
		md5:         hex.EncodeToString(md5Sum.Sum(nil)),
		sha256:      hex.EncodeToString(sha256Sum.Sum(nil)),
		payloadHash: hex.EncodeToString(payload.Sum(nil)),
	}
	if h.payloadHash != "" && h.payloadHash != s.payloadHash {
		return fail(shorter(f, size, koji.Errorf(koji.ErrMismatch, koji.FaultGeneric,
			"MD5 of main header and payload is %s, the signature header says %s", s.payloadHash, h.payloadHash)))
	}
	return h, s, f.Signature.Raw(), nil
}

// verify reads the payload to its end. Where no SIGMD5 is going to tell whether it
// is complete, the digest that the main header carries does, or at least the size.
func verify(f *rpmfile.File, payload io.Reader, size int64) error {
	if f.Signature.MD5() == nil {
		verified, err := f.VerifyPayload(payload)
		if err != nil || !verified {
			err = shorter(f, size, err)
		}
		if err != nil {
			return err
		}
	}
	_, err := io.Copy(io.Discard, payload)
	return err
}

// shorter returns an error that says so if a file is shorter than its signature
// header promises, otherwise err.
func shorter(f *rpmfile.File, size int64, err error) error {
	promised := f.Signature.Uint(rpmfile.SigTagLongSize)
	if promised == 0 {
		promised = f.Signature.Uint(rpmfile.SigTagSize)
	}
	if have := size - f.HeaderStart; promised > math.MaxInt64 || have < int64(promised) {
		return koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "truncated: %d of %d bytes after the signature header: %w",
			have, promised, errors.Join(err, io.ErrUnexpectedEOF))
	}
	return err
}

// meter is a reader that ends with its context and counts.
type meter struct {
	ctx   context.Context
	r     io.Reader
	count func(n int)
}

func (m meter) Read(b []byte) (int, error) {
	if err := m.ctx.Err(); err != nil {
		return 0, fmt.Errorf("read: %w", err)
	}
	n, err := m.r.Read(b)
	m.count(n)
	return n, err
}
