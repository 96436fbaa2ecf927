package repo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/kojikit/kojikit/koji"
)

// Unsigned says what to do with an rpm that none of the wanted keys has signed.
type Unsigned int

// Ways to treat such rpms.
const (
	RefuseUnsigned Unsigned = iota // fail, naming all of them
	AllowUnsigned                  // take the file as it was imported
	SkipUnsigned                   // leave the rpm out
)

// Selection says which copy of which rpm goes into a repository.
type Selection struct {
	// Keys are the wanted keys, 8 hex digits each, in order of preference. An
	// rpm is taken with the first of them that has signed it.
	Keys     []string
	Unsigned Unsigned
	// SplitDebuginfo puts debuginfo and debugsource rpms into the repository
	// "debug" below the main one.
	SplitDebuginfo bool
	// WriteSigned, if not nil, is called for each rpm that a wanted key has
	// signed, to make sure that the signed copy is there. When it fails, the
	// copy counts as missing unless it is there all the same.
	WriteSigned func(ctx context.Context, rpm koji.RPMID, key string) error
}

// Selected is an rpm chosen for a repository.
type Selected struct {
	Candidate
	Signed  bool   // a wanted key has signed it
	Key     string // that key, in lower case
	Path    string // the file to take, below the topdir
	Subrepo string // "debug", or empty for the main repository
}

// Files is what selection needs to know of a topdir.
type Files interface {
	// Missing returns those of the paths that no regular file is at.
	Missing(ctx context.Context, paths []string) ([]string, error)
}

// MissingFilesError lists files that should be there and are not. It is a
// koji.ErrNotFound with fault code 1000.
type MissingFilesError struct {
	Paths []string // sorted
	// Writes tells why [Selection.WriteSigned] could not write copies, nil if
	// it did not fail.
	Writes error
}

// Error names the first few files.
func (e *MissingFilesError) Error() string {
	s := "rpms are missing from the file system: " + few(e.Paths)
	if e.Writes != nil {
		s += ": " + e.Writes.Error()
	}
	return s
}

// Unwrap returns the kind and fault code, and the causes.
func (e *MissingFilesError) Unwrap() error {
	if e.Writes == nil {
		return koji.Errorf(koji.ErrNotFound, koji.FaultGeneric, "rpms are missing")
	}
	return koji.Errorf(koji.ErrNotFound, koji.FaultGeneric, "rpms are missing: %w", e.Writes)
}

// UnsignedError lists rpms that none of the wanted keys has signed. It is a
// koji.ErrUnsigned with fault code 1000.
type UnsignedError struct {
	Keys []string // wanted
	RPMs []UnsignedRPM
}

// UnsignedRPM is an rpm without a wanted signature.
type UnsignedRPM struct {
	NVRA    koji.NVRA
	SigKeys []string // those it has, in the order of the candidate
}

// Error names the first few rpms.
func (e *UnsignedError) Error() string {
	names := make([]string, len(e.RPMs))
	for i, r := range e.RPMs {
		names[i] = r.NVRA.String()
		if keys := strings.Join(slices.DeleteFunc(slices.Clone(r.SigKeys), func(k string) bool { return k == "" }), " "); keys != "" {
			names[i] += " (signed by " + keys + ")"
		}
	}
	return "rpms without a signature of " + strings.Join(e.Keys, ", ") + ": " + few(names)
}

// Unwrap returns the kind and fault code.
func (e *UnsignedError) Unwrap() error {
	return koji.Errorf(koji.ErrUnsigned, koji.FaultGeneric, "rpms without a wanted signature")
}

// few joins names for a message of bearable length.
func few(names []string) string {
	const most = 5
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", len(names)-most)
}

// Select chooses among candidates: for each rpm the copy signed by the first
// wanted key it has, or what Unsigned says. Chosen is ordered by file name. The
// rpms that no wanted key has signed are in unsigned too, ordered by name, whether
// or not they were chosen.
//
// It fails with a [*MissingFilesError] if a chosen file is not there, or else
// with an [*UnsignedError] if rpms lack a signature and Unsigned refuses that;
// and with koji.ErrInvalid if a candidate belongs to a draft build, which has no
// place in a repository for distribution.
func (s Selection) Select(ctx context.Context, candidates []Candidate, layout koji.PathInfo, files Files) (chosen []Selected, unsigned []UnsignedRPM, err error) {
	var writes error
	keys := make([]string, len(s.Keys))
	for i, k := range s.Keys {
		keys[i] = strings.ToLower(k)
	}
	for _, c := range candidates {
		if c.Draft {
			return nil, nil, koji.Errorf(koji.ErrInvalid, koji.FaultBuild, "draft build %s cannot be part of a dist repo", c.Build)
		}
		if c.MetadataOnly {
			continue
		}
		sel := Selected{Candidate: c}
		sel.Key, sel.Signed = PickKey(keys, c.SigKeys)
		if !sel.Signed {
			unsigned = append(unsigned, UnsignedRPM{c.NVRA, c.SigKeys})
			if s.Unsigned == SkipUnsigned {
				continue
			}
		} else if s.WriteSigned != nil && sel.Key != "" {
			writes = errors.Join(writes, s.WriteSigned(ctx, c.ID, sel.Key))
			if err := ctx.Err(); err != nil {
				return nil, nil, err
			}
		}
		if sel.Path, err = c.path(layout, sel.Key, sel.Signed); err != nil {
			return nil, nil, err
		}
		if s.SplitDebuginfo && koji.IsDebuginfo(c.NVRA.Name) {
			sel.Subrepo = "debug"
		}
		chosen = append(chosen, sel)
	}
	slices.SortFunc(chosen, func(a, b Selected) int { return strings.Compare(a.NVRA.Filename(), b.NVRA.Filename()) })
	slices.SortFunc(unsigned, func(a, b UnsignedRPM) int { return strings.Compare(a.NVRA.String(), b.NVRA.String()) })

	paths := make([]string, len(chosen))
	for i := range chosen {
		paths[i] = chosen[i].Path
	}
	missing, err := files.Missing(ctx, paths)
	switch {
	case err != nil:
		return nil, nil, err
	case len(missing) > 0:
		slices.Sort(missing)
		return nil, unsigned, &MissingFilesError{missing, writes}
	case len(unsigned) > 0 && s.Unsigned == RefuseUnsigned:
		return nil, unsigned, &UnsignedError{keys, unsigned}
	}
	return chosen, unsigned, nil
}

// PickKey returns the first of the wanted keys, in their order, that is among
// those available.
func PickKey(wanted, available []string) (key string, ok bool) {
	for _, k := range wanted {
		if slices.Contains(available, k) {
			return k, true
		}
	}
	return "", false
}
