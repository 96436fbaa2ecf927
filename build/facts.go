package build

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// facts is what the store says about some builds and rpms. It takes a handful of
// queries to gather, however many these are.
type facts struct {
	packages map[string]koji.PackageID
	volumes  map[koji.VolumeID]string
	builds   map[koji.NVR]storage.Build
	rpms     map[koji.NVRA]storage.RPM
	sigs     map[koji.RPMID]map[string]string // sighash by sigkey
}

// querySize is how many values are looked up with one query.
const querySize = 4096

// gather looks up builds and rpms, given without epochs, and the signatures of the
// rpms that are there. Of rpms only those that hold their name for good count:
// internal ones that are no drafts.
func gather(ctx context.Context, tx *storage.Tx, builds []koji.NVR, rpms []koji.NVRA) (*facts, error) {
	f := &facts{
		packages: make(map[string]koji.PackageID),
		volumes:  make(map[koji.VolumeID]string),
		builds:   make(map[koji.NVR]storage.Build),
		rpms:     make(map[koji.NVRA]storage.RPM),
		sigs:     make(map[koji.RPMID]map[string]string),
	}
	for v, err := range tx.Volumes().Each(ctx, storage.VolumeFilter{}) {
		if err != nil {
			return nil, err
		}
		f.volumes[v.ID] = v.Name
	}
	builds, rpms = slices.Clone(builds), slices.Clone(rpms)
	// Neighbours in the sorted list share names, so that few rows are read in vain.
	slices.SortFunc(builds, compareNVR)
	slices.SortFunc(rpms, compareNVRA)
	for chunk := range slices.Chunk(slices.Compact(builds), querySize) {
		if err := f.addBuilds(ctx, tx, chunk); err != nil {
			return nil, err
		}
	}
	for chunk := range slices.Chunk(slices.Compact(rpms), querySize) {
		if err := f.addRPMs(ctx, tx, chunk); err != nil {
			return nil, err
		}
	}
	ids := make([]koji.RPMID, 0, len(f.rpms))
	for _, r := range f.rpms {
		ids = append(ids, r.ID)
	}
	slices.Sort(ids)
	for chunk := range slices.Chunk(ids, querySize) {
		for s, err := range tx.RPMSignatures().Each(ctx, storage.RPMSignatureFilter{RPM: storage.Is(chunk...)}) {
			if err != nil {
				return nil, err
			}
			if f.sigs[s.RPM] == nil {
				f.sigs[s.RPM] = make(map[string]string)
			}
			f.sigs[s.RPM][s.SigKey] = s.SigHash
		}
	}
	return f, nil
}

func (f *facts) addBuilds(ctx context.Context, tx *storage.Tx, list []koji.NVR) error {
	names, versions, releases := make(set[string]), make(set[string]), make(set[string])
	wanted := make(set[koji.NVR])
	for _, nvr := range list {
		names.add(nvr.Name)
		versions.add(nvr.Version)
		releases.add(nvr.Release)
		wanted.add(nvr)
	}
	byID := make(map[koji.PackageID]string)
	for p, err := range tx.Packages().Each(ctx, storage.PackageFilter{Name: storage.Is(names.list()...)}) {
		if err != nil {
			return err
		}
		byID[p.ID], f.packages[p.Name] = p.Name, p.ID
	}
	filter := storage.BuildFilter{
		Package: storage.Is(slices.Collect(maps.Keys(byID))...),
		Version: storage.Is(versions.list()...),
		Release: storage.Is(releases.list()...),
	}
	for b, err := range tx.Builds().Each(ctx, filter) {
		if err != nil {
			return err
		}
		if nvr := (koji.NVR{Name: byID[b.Package], Version: b.Version, Release: b.Release}); wanted[nvr] {
			f.builds[nvr] = b
		}
	}
	return nil
}

func (f *facts) addRPMs(ctx context.Context, tx *storage.Tx, list []koji.NVRA) error {
	names, versions, releases, arches := make(set[string]), make(set[string]), make(set[string]), make(set[string])
	wanted := make(set[koji.NVRA])
	for _, nvra := range list {
		names.add(nvra.Name)
		versions.add(nvra.Version)
		releases.add(nvra.Release)
		arches.add(nvra.Arch)
		wanted.add(nvra)
	}
	filter := storage.RPMFilter{
		Name:         storage.Is(names.list()...),
		Version:      storage.Is(versions.list()...),
		Release:      storage.Is(releases.list()...),
		Arch:         storage.Is(arches.list()...),
		ExternalRepo: storage.Is(koji.InternalRepoID),
		Draft:        storage.Is(false),
	}
	for r, err := range tx.RPMs().Each(ctx, filter) {
		if err != nil {
			return err
		}
		if nvra := r.NVRA(); wanted[nvra] {
			f.rpms[nvra] = r
		}
	}
	return nil
}

// set is a set of values.
type set[T comparable] map[T]bool

func (s set[T]) add(v T) { s[v] = true }

func (s set[T]) list() []T { return slices.Collect(maps.Keys(s)) }

func compareNVR(a, b koji.NVR) int {
	return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Version, b.Version), cmp.Compare(a.Release, b.Release))
}

func compareNVRA(a, b koji.NVRA) int {
	return cmp.Or(compareNVR(a.NVR, b.NVR), cmp.Compare(a.Arch, b.Arch))
}
