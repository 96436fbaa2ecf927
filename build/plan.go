package build

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// input is one file given to an import.
type input struct {
	file   string // as given
	size   int64
	header header
	build  koji.NVR // that it belongs to
	sums   sums     // known once the file is staged
}

// plan says where every file of an import goes. The same inputs and facts give
// the same plan.
type plan struct {
	builds []*buildPlan // sorted by NVR
}

// buildPlan is what an import does to one build.
type buildPlan struct {
	nvr   koji.NVR
	row   storage.Build // of the build that is there
	isNew bool
	pkg   koji.PackageID // of a new build; zero if the package is new too
	epoch sql.Null[int]  // of a new build
	place place
	rpms  []*rpmPlan // the source package first, then sorted by NVRA
}

// rpmPlan is what an import does to one rpm.
type rpmPlan struct {
	nvra   koji.NVRA
	row    storage.RPM // of the rpm that is there
	isNew  bool
	copies []copyPlan // sorted by key; at most one per key
}

// copyPlan is one file. Its header and payload are those of its rpm, the signature
// is its own.
type copyPlan struct {
	*input
	path    string // relative to the volume
	sigPath string // likewise, of the signature header
	primary bool   // the file of the rpm; otherwise a signed copy
}

// makePlan arranges inputs into builds and rpms, and checks that nothing is there
// twice, in the inputs or in the store.
func (t *Tracker) makePlan(ctx context.Context, tx *storage.Tx, inputs []*input, createBuilds bool) (*plan, error) {
	p := arrange(inputs)
	var builds []koji.NVR
	var rpms []koji.NVRA
	for _, b := range p.builds {
		builds = append(builds, b.nvr)
		for _, r := range b.rpms {
			rpms = append(rpms, r.nvra)
		}
	}
	f, err := gather(ctx, tx, builds, rpms)
	if err != nil {
		return nil, err
	}
	owner := make(map[koji.NVRA]*rpmPlan, len(rpms))
	for _, b := range p.builds {
		if err := b.settle(f, createBuilds); err != nil {
			return nil, err
		}
		if b.isNew {
			if err := t.checkNew(b.nvr, false); err != nil {
				return nil, fmt.Errorf("%s: %w", b.rpms[0].copies[0].file, err)
			}
		}
		for _, r := range b.rpms {
			// The same rpm cannot belong to two builds.
			if other := owner[r.nvra]; other != nil {
				return nil, r.duplicate(other.copies[0].input)
			}
			owner[r.nvra] = r
			if err := r.settle(ctx, tx, f, b); err != nil {
				return nil, err
			}
		}
	}
	return p, nil
}

// arrange groups inputs.
func arrange(inputs []*input) *plan {
	inputs = slices.SortedFunc(slices.Values(inputs), func(a, b *input) int {
		return cmp.Or(
			compareNVR(a.build, b.build),
			-compareBool(a.header.isSource(), b.header.isSource()),
			compareNVRA(a.header.nvra, b.header.nvra),
			cmp.Compare(a.header.sigKey, b.header.sigKey),
			cmp.Compare(a.file, b.file),
		)
	})
	p := new(plan)
	var b *buildPlan
	var r *rpmPlan
	for _, in := range inputs {
		if b == nil || b.nvr != in.build {
			b, r = &buildPlan{nvr: in.build}, nil
			p.builds = append(p.builds, b)
		}
		if r == nil || r.nvra != in.header.nvra {
			r = &rpmPlan{nvra: in.header.nvra}
			b.rpms = append(b.rpms, r)
		}
		r.copies = append(r.copies, copyPlan{input: in})
	}
	return p
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// settle decides whether the build is a new one, and where it is.
func (b *buildPlan) settle(f *facts, createBuilds bool) error {
	source := b.rpms[0].copies[0]
	row, exists := f.builds[b.nvr]
	b.pkg = f.packages[b.nvr.Name]
	volume := koji.DefaultVolume
	switch {
	case exists && row.State != koji.BuildComplete && row.State != koji.BuildBuilding:
		return koji.Errorf(koji.ErrState, koji.FaultGeneric, "%s: build %s is %s", source.file, b.nvr, row.State)
	case exists && row.Draft:
		return koji.Errorf(koji.ErrState, koji.FaultGeneric, "%s: build %s is a draft, whose rpms have another release", source.file, b.nvr)
	case exists:
		b.row, volume = row, f.volumes[row.Volume]
	case source.header.isSource():
		b.isNew, b.epoch = true, source.header.epoch
	case createBuilds:
		b.isNew, b.epoch = true, b.guessEpoch()
	default:
		return koji.Errorf(koji.ErrNotFound, koji.FaultGeneric,
			"%s: no such build: %s, which SOURCERPM %s names", source.file, b.nvr, source.header.sourceRPM)
	}
	var err error
	b.place, err = placeOf(b.nvr, volume)
	return err
}

// guessEpoch returns the epoch of a build of which the source package is not at
// hand: that of the rpm of the same name, which has it unless its spec file takes
// pains to differ.
func (b *buildPlan) guessEpoch() sql.Null[int] {
	for _, r := range b.rpms {
		if r.nvra.Name == b.nvr.Name {
			return r.copies[0].header.epoch
		}
	}
	return sql.Null[int]{}
}

// settle decides which copy is the rpm's file, and refuses duplicates.
func (r *rpmPlan) settle(ctx context.Context, tx *storage.Tx, f *facts, b *buildPlan) error {
	first := r.copies[0]
	for i, c := range r.copies[1:] {
		if a, b := first.header.payloadHash, c.header.payloadHash; a != b && a != "" && b != "" {
			return r.duplicate(c.input)
		}
		if before := r.copies[i]; c.header.sigKey == before.header.sigKey {
			return koji.Errorf(koji.ErrExists, koji.FaultGeneric, "%s and %s are both %s with %s",
				before.file, c.file, r.nvra, keyName(c.header.sigKey))
		}
	}
	r.row, r.isNew = f.rpms[r.nvra], true
	if r.row.ID != 0 {
		r.isNew = false
		if err := r.checkStored(ctx, tx, f, b); err != nil {
			return err
		}
	}
	for i := range r.copies {
		c := &r.copies[i]
		c.primary = r.isNew && i == 0
		var path string
		var err error
		if c.primary {
			path, err = layout.RPM(r.nvra)
		} else {
			path, err = layout.Signed(r.nvra, c.header.sigKey)
		}
		if err != nil {
			return err
		}
		c.path = b.place.file(path)
		if path, err = layout.SigHeader(r.nvra, c.header.sigKey); err != nil {
			return err
		}
		c.sigPath = b.place.file(path)
	}
	return nil
}

// checkStored checks that the copies are further signatures of the rpm that is
// there.
func (r *rpmPlan) checkStored(ctx context.Context, tx *storage.Tx, f *facts, b *buildPlan) error {
	for _, c := range r.copies {
		hash := cmp.Or(c.sums.payloadHash, c.header.payloadHash)
		switch _, signed := f.sigs[r.row.ID][c.header.sigKey]; {
		case hash != "" && hash != r.row.PayloadHash || r.row.Build.V != b.row.ID:
			return r.duplicateOfStored(ctx, tx, c.input)
		case signed:
			return koji.Errorf(koji.ErrExists, koji.FaultGeneric, "%s: rpm %d is %s with %s already",
				c.file, r.row.ID, r.nvra, keyName(c.header.sigKey))
		}
	}
	return nil
}

// checkHashes checks, once the files have been read, what their headers did not
// tell: that the copies of each rpm have the same payload.
func (p *plan) checkHashes() error {
	for _, b := range p.builds {
		for _, r := range b.rpms {
			for _, c := range r.copies[1:] {
				if c.sums.payloadHash != r.copies[0].sums.payloadHash {
					return r.duplicate(c.input)
				}
			}
		}
	}
	return nil
}

// duplicate says that the first copy and another file are different rpms of the
// same name.
func (r *rpmPlan) duplicate(other *input) error {
	first := r.copies[0].input
	return koji.Errorf(koji.ErrExists, koji.FaultGeneric, "duplicate NVRA %s: %s of build %s with hash %s, %s of build %s with hash %s",
		r.nvra, first.file, first.build, first.hash(), other.file, other.build, other.hash())
}

func (r *rpmPlan) duplicateOfStored(ctx context.Context, tx *storage.Tx, in *input) error {
	build, err := buildName(ctx, tx, r.row.Build.V)
	if err != nil {
		return err
	}
	return koji.Errorf(koji.ErrExists, koji.FaultGeneric, "duplicate NVRA %s: %s of build %s with hash %s, rpm %d of build %s with hash %s",
		r.nvra, in.file, in.build, in.hash(), r.row.ID, build, r.row.PayloadHash)
}

// hash returns the payload hash as far as it is known.
func (in *input) hash() string { return cmp.Or(in.sums.payloadHash, in.header.payloadHash, "unknown") }

func buildName(ctx context.Context, tx *storage.Tx, id koji.BuildID) (koji.NVR, error) {
	b, err := tx.Builds().Get(ctx, storage.BuildFilter{ID: storage.Is(id)})
	if err != nil {
		return koji.NVR{}, err
	}
	p, err := tx.Packages().Get(ctx, storage.PackageFilter{ID: storage.Is(b.Package)})
	return koji.NVR{Name: p.Name, Version: b.Version, Release: b.Release}, err
}

// keyName names a signature for a message.
func keyName(sigKey string) string {
	if sigKey == "" {
		return "no signature"
	}
	return "the signature of key " + sigKey
}
