package build

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// record adds the rows of a plan to the store.
func record(ctx context.Context, tx *storage.Tx, actor koji.UserID, p *plan) (*Import, error) {
	btype, err := tx.BTypes().Get(ctx, storage.BTypeFilter{Name: storage.Is("rpm")})
	if err != nil {
		return nil, err
	}
	result := new(Import)
	packages := make(map[string]koji.PackageID)
	var old []koji.BuildID
	for _, b := range p.builds {
		if !b.isNew {
			old = append(old, b.row.ID)
		}
	}
	typed, err := buildsOfType(ctx, tx, btype.ID, old)
	if err != nil {
		return nil, err
	}
	for _, b := range p.builds {
		if b.isNew {
			if b.row, err = recordBuild(ctx, tx, actor, b, packages); err != nil {
				return nil, err
			}
		}
		if !typed[b.row.ID] {
			if err := tx.BuildTypes().Insert(ctx, &storage.BuildType{Build: b.row.ID, BType: btype.ID}); err != nil {
				return nil, err
			}
		}
		result.Builds = append(result.Builds, ImportedBuild{ID: b.row.ID, NVR: b.nvr, Created: b.isNew})
		for _, r := range b.rpms {
			if err := recordRPM(ctx, tx, b, r, result); err != nil {
				return nil, err
			}
		}
	}
	return result, recordTagUpdates(ctx, tx, actor, old)
}

// buildsOfType returns those of some builds that have a type.
func buildsOfType(ctx context.Context, tx *storage.Tx, btype koji.BTypeID, builds []koji.BuildID) (set[koji.BuildID], error) {
	typed := make(set[koji.BuildID])
	for chunk := range slices.Chunk(builds, querySize) {
		for row, err := range tx.BuildTypes().Each(ctx, storage.BuildTypeFilter{Build: storage.Is(chunk...), BType: storage.Is(btype)}) {
			if err != nil {
				return nil, err
			}
			typed.add(row.Build)
		}
	}
	return typed, nil
}

// recordBuild adds a build, and its package unless that is there or among those
// that were just added.
func recordBuild(ctx context.Context, tx *storage.Tx, actor koji.UserID, b *buildPlan, added map[string]koji.PackageID) (storage.Build, error) {
	pkg := storage.Package{ID: cmp.Or(b.pkg, added[b.nvr.Name]), Name: b.nvr.Name}
	if pkg.ID == 0 {
		if err := tx.Packages().Insert(ctx, &pkg); err != nil {
			return storage.Build{}, err
		}
		added[pkg.Name] = pkg.ID
	}
	row := storage.Build{
		Volume: koji.DefaultVolumeID, Package: pkg.ID, Version: b.nvr.Version, Release: b.nvr.Release, Epoch: b.epoch,
		State: koji.BuildComplete, StartTime: storage.Null(tx.Now()), CompletionTime: storage.Null(tx.Now()), Owner: actor,
	}
	var err error
	row.ID, err = insertBuild(ctx, tx, row, false)
	return row, err
}

func recordRPM(ctx context.Context, tx *storage.Tx, b *buildPlan, r *rpmPlan, result *Import) error {
	if r.isNew {
		c := r.copies[0]
		r.row = storage.RPM{
			Build: storage.Null(b.row.ID), Name: r.nvra.Name, Version: r.nvra.Version, Release: r.nvra.Release,
			Epoch: c.header.epoch, Arch: r.nvra.Arch, Draft: storage.Null(false), ExternalRepo: koji.InternalRepoID,
			PayloadHash: c.sums.payloadHash, Size: c.size, BuildTime: c.header.buildTime,
		}
		if err := tx.RPMs().Insert(ctx, &r.row); err != nil {
			return err
		}
		result.RPMs = append(result.RPMs, r.row)
	}
	for _, c := range r.copies {
		sig := storage.RPMSignature{RPM: r.row.ID, SigKey: c.header.sigKey, SigHash: c.header.sigHash}
		if err := tx.RPMSignatures().Insert(ctx, &sig); err != nil {
			return err
		}
		result.Signatures = append(result.Signatures, sig)
		for _, sum := range c.sums.rows(sig) {
			if err := tx.RPMChecksums().Insert(ctx, &sum); err != nil {
				return err
			}
		}
	}
	return nil
}

// rows returns the rows of the file's checksums, for the signature it carries.
func (s sums) rows(sig storage.RPMSignature) []storage.RPMChecksum {
	return []storage.RPMChecksum{
		{RPM: sig.RPM, SigKey: sig.SigKey, Type: koji.ChecksumMD5, Checksum: s.md5},
		{RPM: sig.RPM, SigKey: sig.SigKey, Type: koji.ChecksumSHA256, Checksum: s.sha256},
	}
}

// recordTagUpdates notes, for each tag that one of the builds is in, that its
// content changed without a change of what is tagged.
func recordTagUpdates(ctx context.Context, tx *storage.Tx, actor koji.UserID, builds []koji.BuildID) error {
	tags := make(set[koji.TagID])
	for chunk := range slices.Chunk(builds, querySize) {
		for row, err := range tx.TagListings().Each(ctx, koji.Now, storage.TagListingFilter{Build: storage.Is(chunk...)}) {
			if err != nil {
				return err
			}
			tags.add(row.Tag)
		}
	}
	for _, tag := range slices.Sorted(maps.Keys(tags)) {
		event, err := tx.NewEvent(ctx)
		if err != nil {
			return err
		}
		u := storage.TagUpdate{Tag: tag, Event: event, Updater: actor, Type: koji.TagUpdateImport}
		if err := tx.TagUpdates().Insert(ctx, &u); err != nil {
			return err
		}
	}
	return nil
}
