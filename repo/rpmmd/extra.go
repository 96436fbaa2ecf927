package rpmmd

import (
	"bufio"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/kojikit/kojikit/internal/xmltext"
	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/repo/zchunk"
)

// extra is an additional file, uncompressed.
type extra struct {
	typ, name string
	content   []byte
}

// maxExtra bounds the decompressed size of an additional file, which is held in
// memory.
const maxExtra = 1 << 30

// AddFile adds a file that is not about packages as a record of the given type,
// for example comps as [TypeGroup]. Content may be compressed, and is written
// with the compression of the repository: the suffix of name is dropped and
// another added. An empty type stands for the name up to its first dot. A file
// of the same type that was added before is replaced.
func (w *Writer) AddFile(typ, name string, content io.Reader) error {
	base := path.Base(name)
	if typ == "" {
		typ, _, _ = strings.Cut(base, ".")
	}
	if strings.Trim(base, "./") == "" || typ == "" {
		return koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "additional metadata %q of type %q: neither may be empty", name, typ)
	}
	if slices.Contains(leadingRecords, typ) || typ == TypeFilelistsExt || strings.HasSuffix(typ, suffixZchunk) {
		return koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "additional metadata %q: type %s is reserved for what is made from packages and other files", name, typ)
	}
	for _, s := range [...]string{typ, base} {
		if i := xmltext.IndexForbidden(s); i >= 0 {
			return koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "additional metadata %q of type %q: control character 0x%02x", name, typ, s[i])
		}
	}
	data, err := readExtra(base, content)
	if err != nil {
		return fmt.Errorf("additional metadata %q: %w", name, err)
	}
	w.extras = slices.DeleteFunc(w.extras, func(e extra) bool { return e.typ == typ })
	w.extras = append(w.extras, extra{typ, trimCompression(base), data})
	return nil
}

// extraOutputs returns the additional files as the profile wants them.
func (w *Writer) extraOutputs() ([]*Output, error) {
	var outputs []*Output
	for _, e := range w.extras {
		for _, v := range w.options.variants(e.typ) {
			out, err := w.options.extraOutput(e, v.compression)
			if err != nil {
				return nil, err
			}
			out.record.Type += v.suffix
			outputs = append(outputs, out)
		}
	}
	return outputs, nil
}

// variant is one of the files that an additional file becomes.
type variant struct {
	compression Compression
	suffix      string // of the record's type
}

// variants returns what becomes of an additional file of a type.
func (o *Options) variants(typ string) []variant {
	c := o.compression()
	variants := []variant{{c, ""}}
	if typ == TypeGroup && o.Profile == CompatEL7 && c != Uncompressed {
		variants = []variant{{Uncompressed, ""}, {c, "_" + c.suffix()[1:]}}
	}
	if o.zchunk() && c != Zchunk {
		variants = append(variants, variant{Zchunk, suffixZchunk})
	}
	return variants
}

// extraOutput compresses an additional file.
func (o *Options) extraOutput(e extra, c Compression) (*Output, error) {
	encoder, err := o.encoder(c, 1, e.name)
	if err != nil {
		return nil, err
	}
	out := &Output{Name: e.name + c.suffix(), record: Record{Type: e.typ}}
	blocks := slices.Values([][]byte{e.content})
	if c == Zchunk {
		blocks = zchunk.Split(e.content)
	}
	var frames []frame
	for block := range blocks {
		packed, frame := encoder.encode(out.head, block)
		out.head, frames = packed, append(frames, frame)
	}
	if err := encoder.enclose(out, frames); err != nil {
		return nil, err
	}
	if c != Uncompressed {
		open, err := o.Checksum.New()
		if err != nil {
			return nil, err
		}
		open.Write(e.content)
		out.setOpen(o.Checksum, open, int64(len(e.content)))
	}
	return out, out.seal(o.Checksum)
}

// readExtra returns the decompressed content of an additional file.
func readExtra(name string, content io.Reader) ([]byte, error) {
	r, err := decompress(name, bufio.NewReader(content))
	if err != nil {
		return nil, err
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, maxExtra+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxExtra {
		return nil, koji.Errorf(koji.ErrLimit, koji.FaultGeneric, "more than %d bytes uncompressed", maxExtra)
	}
	return data, nil
}
