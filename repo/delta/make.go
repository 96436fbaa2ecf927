package delta

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/kojikit/kojikit/internal/ordered"
	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/repo/rpmmd"
)

// Maker makes delta rpms.
type Maker interface {
	// MakeDelta writes to the file out, which does not exist, what has to be
	// known besides the RPM file older to make the RPM file newer. It may be
	// called by several goroutines at the same time.
	MakeDelta(ctx context.Context, older, newer, out string) error
}

// Program is makedeltarpm, or a program that is called as it is.
type Program struct {
	Path string // makedeltarpm of PATH if empty
}

// MakeDelta implements [Maker]. Its error has the last words of the program.
func (p Program) MakeDelta(ctx context.Context, older, newer, out string) error {
	args := make([]string, 0, 3)
	for _, path := range []string{older, newer, out} {
		// What begins with a hyphen would be taken for an option.
		absolute, err := filepath.Abs(path)
		if err != nil {
			return err
		}
		args = append(args, absolute)
	}
	var said bytes.Buffer
	cmd := exec.CommandContext(ctx, cmp.Or(p.Path, "makedeltarpm"), args...)
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Run(); err != nil {
		words := strings.TrimSpace(said.String())
		return fmt.Errorf("%s: %w: %s", filepath.Base(cmd.Path), err, words[max(0, len(words)-500):])
	}
	return nil
}

// MakeOptions say how deltas are made.
type MakeOptions struct {
	Workers int // deltas made at the same time, at most and by default GOMAXPROCS

	// Warn, if not nil, is told of deltas that could not be made and are left
	// out, in the order of the pairs. Without it, the first such failure ends the
	// making.
	Warn func(Pair, error)
}

// Make makes the deltas that are not there yet in the directory drpms of a
// repository. A delta that is as large as the new package, or that does not say
// that it makes the one of the other, is not kept. Each file appears complete or
// not at all; those made before an error stay.
func Make(ctx context.Context, maker Maker, repo string, pairs []Pair, o MakeOptions) error {
	dir := filepath.Join(repo, Dirname)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	workers := runtime.GOMAXPROCS(0)
	if o.Workers > 0 {
		workers = min(workers, o.Workers)
	}
	type result struct {
		pair Pair
		err  error
	}
	for r := range ordered.Map(ctx, pairs, workers, func() func(Pair) result {
		return func(pair Pair) result { return result{pair, makeOne(ctx, maker, dir, pair)} }
	}) {
		switch {
		case r.err == nil:
		case o.Warn == nil || ctx.Err() != nil:
			return r.err
		default:
			o.Warn(r.pair, r.err)
		}
	}
	return ctx.Err()
}

func makeOne(ctx context.Context, maker Maker, dir string, pair Pair) (err error) {
	name, err := pair.Filename()
	if err != nil {
		return err
	}
	final := filepath.Join(dir, name)
	if _, err := os.Stat(final); err == nil {
		return nil
	}
	hidden, err := os.MkdirTemp(dir, ".making-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(hidden)) }()
	out := filepath.Join(hidden, name)
	if err := maker.MakeDelta(ctx, pair.Old.Path, pair.New.Path, out); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	made, err := readFile(out)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	d, n := made.Deltas[0], pair.New
	if made.Name != n.Name || made.Epoch != n.Epoch || made.Version != n.Version || made.Release != n.Release || made.Arch != n.Arch ||
		d.OldEpoch != pair.Old.Epoch || d.OldVersion != pair.Old.Version || d.OldRelease != pair.Old.Release {
		return koji.Errorf(koji.ErrMismatch, koji.FaultGeneric, "%s: the delta is for another package", name)
	}
	whole, err := os.Stat(n.Path)
	if err != nil {
		return err
	}
	if d.Size >= whole.Size() {
		return nil
	}
	return os.Rename(out, final)
}

// List returns what the directory drpms of a repository has, in the order of
// [Sort]. A repository without it has none. A file that is not a sound delta rpm
// is an error that names it.
func List(ctx context.Context, repo string) ([]NewPackage, error) {
	entries, err := os.ReadDir(filepath.Join(repo, Dirname))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if !e.IsDir() && strings.HasSuffix(e.Name(), ".drpm") {
			names = append(names, e.Name())
		}
	}
	type result struct {
		pkg *NewPackage
		err error
	}
	var packages []NewPackage
	index := map[packageKey]int{}
	for r := range ordered.Map(ctx, names, runtime.GOMAXPROCS(0), func() func(string) result {
		return func(name string) result {
			p, err := readFile(filepath.Join(repo, Dirname, name))
			if err != nil {
				return result{err: fmt.Errorf("%s: %w", name, err)}
			}
			p.Deltas[0].Filename = Dirname + "/" + name
			return result{pkg: p}
		}
	}) {
		if err := cmp.Or(r.err, ctx.Err()); err != nil {
			return nil, err
		}
		key := r.pkg.key()
		i, ok := index[key]
		if !ok {
			index[key] = len(packages)
			packages = append(packages, *r.pkg)
			continue
		}
		packages[i].Deltas = append(packages[i].Deltas, r.pkg.Deltas...)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	Sort(packages)
	return packages, nil
}

// packageKey identifies a new package.
type packageKey struct{ name, epoch, version, release, arch string }

func (p *NewPackage) key() packageKey {
	return packageKey{p.Name, p.Epoch, p.Version, p.Release, p.Arch}
}

// readFile reads a delta rpm with its size and checksum.
func readFile(path string) (*NewPackage, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	p, err := ReadDRPM(f)
	if err != nil {
		return nil, err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	h := sha256.New()
	n, err := io.Copy(h, f)
	if err != nil {
		return nil, err
	}
	d := &p.Deltas[0]
	d.Size, d.Checksum = n, rpmmd.Checksum{Type: rpmmd.SHA256, Value: hex.EncodeToString(h.Sum(nil))}
	return p, nil
}
