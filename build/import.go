package build

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/koji/rpmfile"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/storage/files"
)

// ImportOptions say how to import. The zero value is useful.
type ImportOptions struct {
	// CreateBuilds makes builds for binary packages whose source package is
	// neither there nor among the files. Such a build is named by SOURCERPM. Its
	// epoch is that of the rpm of the same name, since the true one is unknown.
	CreateBuilds bool

	// Copy makes copies even where hard links would do. Without it the files
	// must not be changed in place afterwards.
	Copy bool

	// Uploaded says that the files are named relative to the root of the tree.
	// Once imported, each becomes a relative symbolic link to where it went, as
	// Koji does with uploads.
	Uploaded bool

	// Progress, if set, is called now and then while the files are read, by one
	// goroutine at a time.
	Progress func(Progress)
}

// Progress tells how far an import has come.
type Progress struct {
	Files, TotalFiles int
	Bytes, TotalBytes int64
}

// Import tells what an import did. Its lists are in the order of the builds'
// names; within a build the source package comes first.
type Import struct {
	Builds     []ImportedBuild
	RPMs       []storage.RPM          // that are new
	Signatures []storage.RPMSignature // that are new, those of new rpms included

	// Unfinished is what went wrong after everything was recorded and visible:
	// cleaning up, and linking uploads. [Tracker.Recover] does the rest.
	Unfinished error
}

// ImportedBuild is a build that something was imported into.
type ImportedBuild struct {
	ID      koji.BuildID
	NVR     koji.NVR // without epoch
	Created bool
}

// Import imports rpms, source and binary, into builds: all of them or, if it
// returns an error, none. What became of an import that the process did not live
// to end, [Tracker.Recover] settles.
//
// A source package belongs to the build of its own name, version and release,
// which is made if there is none; a binary package to the build of its source
// package. The order of the files does not matter. A build must be complete or
// in progress.
//
// Several files of one rpm, that is with the same header and payload but signed
// by different keys, are one rpm with several signatures; likewise a file of an
// rpm that is there already. The unsigned file becomes the rpm's, or if there is
// none that with the lowest key; the others become signed copies.
//
// Errors name the file. They are of kind koji.ErrInvalid for what is no rpm, is
// cut short, or is not called what its header says; koji.ErrMismatch if a digest
// is wrong; koji.ErrExists if the rpm, or its signature of that key, is there
// already or given twice; koji.ErrNotFound if there is no such file or build;
// koji.ErrState if the build takes no rpms; koji.ErrConflict if something changed
// meanwhile.
func (t *Tracker) Import(ctx context.Context, actor koji.UserID, rpms []string, opts ImportOptions) (*Import, error) {
	im := &importer{Tracker: t, actor: actor, opts: opts, stages: make(map[string]*files.Stage)}
	inputs, err := im.scan(ctx, rpms)
	if err != nil {
		return nil, err
	}
	err = t.store.View(ctx, func(tx *storage.Tx) error {
		if err := checkUser(ctx, tx, actor); err != nil {
			return err
		}
		im.plan, err = t.makePlan(ctx, tx, inputs, opts.CreateBuilds)
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := im.stage(ctx); err != nil {
		return nil, errors.Join(err, im.withdraw())
	}
	return im.commit(ctx, inputs)
}

// importer is one import under way.
type importer struct {
	*Tracker
	actor  koji.UserID
	opts   ImportOptions
	plan   *plan
	stages map[string]*files.Stage // by directory of the volume
}

// scan reads the headers of the given files.
func (im *importer) scan(ctx context.Context, rpms []string) ([]*input, error) {
	inputs := make([]*input, len(rpms))
	errs := make([]error, len(rpms))
	err := parallel(ctx, len(rpms), func() func(int) error {
		return func(i int) error {
			inputs[i], errs[i] = im.scanFile(rpms[i])
			return nil
		}
	})
	if err != nil {
		return nil, err
	}
	return inputs, firstErrors(errs)
}

func (im *importer) scanFile(name string) (*input, error) {
	src, size, err := im.open(name)
	if err != nil {
		return nil, err
	}
	defer src.Close()
	in := &input{file: name, size: size}
	f, err := rpmfile.ReadAt(src, size)
	if err == nil {
		in.header, err = describe(f)
	}
	if err == nil {
		err = in.header.checkName(name)
	}
	if err == nil {
		in.build, err = in.header.build()
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return in, nil
}

// open opens a given file, which must be a regular one: opening a pipe would wait
// for ever.
func (im *importer) open(name string) (*os.File, int64, error) {
	stat, open := os.Stat, os.Open
	if im.opts.Uploaded {
		stat, open = im.tree.Lstat, im.tree.Open
	}
	info, err := stat(name)
	if err == nil && !info.Mode().IsRegular() {
		err = koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "%s: no regular file", name)
	}
	if errors.Is(err, os.ErrNotExist) {
		err = koji.Errorf(koji.ErrNotFound, koji.FaultGeneric, "%w", err)
	}
	if err != nil {
		return nil, 0, err
	}
	f, err := open(name)
	if err != nil {
		return nil, 0, err
	}
	if info, err = f.Stat(); err != nil {
		return nil, 0, errors.Join(err, f.Close())
	}
	return f, info.Size(), nil
}

// firstErrors joins the first few errors of a list.
func firstErrors(errs []error) error {
	const enough = 10
	var list []error
	more := 0
	for _, err := range errs {
		switch {
		case err == nil:
		case len(list) < enough:
			list = append(list, err)
		default:
			more++
		}
	}
	if more > 0 {
		list = append(list, fmt.Errorf("and %d more files", more))
	}
	return errors.Join(list...)
}

// stage makes everything ready that the plan wants to see, and notes on each
// volume what that is.
func (im *importer) stage(ctx context.Context) error {
	type job struct {
		stage *files.Stage
		*copyPlan
	}
	var jobs []job
	var total int64
	for _, b := range im.plan.builds {
		s, err := im.stageOn(b.place.volume)
		if err != nil {
			return err
		}
		for _, r := range b.rpms {
			for i := range r.copies {
				jobs = append(jobs, job{s, &r.copies[i]})
				total += r.copies[i].size
			}
		}
	}
	p := &progress{report: im.opts.Progress, now: Progress{TotalFiles: len(jobs), TotalBytes: total}}
	err := parallel(ctx, len(jobs), func() func(int) error {
		d := newDigester()
		return func(i int) error {
			if err := im.stageCopy(ctx, jobs[i].stage, jobs[i].copyPlan, d, p); err != nil {
				return fmt.Errorf("%s: %w", jobs[i].file, err)
			}
			p.file()
			return nil
		}
	})
	if err != nil {
		return err
	}
	if err := im.plan.checkHashes(); err != nil {
		return err
	}
	return im.settleStages(ctx)
}

func (im *importer) stageOn(volume string) (*files.Stage, error) {
	s := im.stages[volume]
	if s == nil {
		var err error
		if s, err = im.tree.Stage(volume); err != nil {
			return nil, err
		}
		im.stages[volume] = s
	}
	return s, nil
}

// stageCopy stages one file and its signature header. It reads the staged file,
// not the given one, which may be another by now.
func (im *importer) stageCopy(ctx context.Context, s *files.Stage, c *copyPlan, d *digester, p *progress) error {
	src, _, err := im.open(c.file)
	if err != nil {
		return err
	}
	defer src.Close()
	if err := s.Import(ctx, src, c.path, !im.opts.Copy); err != nil {
		return err
	}
	staged, err := s.Open(c.path)
	if err != nil {
		return err
	}
	defer staged.Close()
	h, sums, sig, err := d.digest(meter{ctx, staged, p.bytes}, c.size)
	if err != nil {
		return err
	}
	if info, err := staged.Stat(); err != nil || h != c.header || info.Size() != c.size {
		return errors.Join(err, koji.Errorf(koji.ErrConflict, koji.FaultGeneric, "changed while it was imported"))
	}
	c.sums = sums
	return s.WriteFile(c.sigPath, sig)
}

// settleStages writes the journals and makes the stages durable. From then on
// Recover knows what to do with them.
func (im *importer) settleStages(ctx context.Context) error {
	for volume, s := range im.stages {
		if err := s.Sync(ctx); err != nil {
			return err
		}
		err := s.WriteJournal(func(w io.Writer) error { return im.plan.writeJournal(w, volume, im.opts.Uploaded) })
		if err != nil {
			return err
		}
	}
	return nil
}

// commit records and publishes what has been staged.
func (im *importer) commit(ctx context.Context, inputs []*input) (*Import, error) {
	var result *Import
	done := false
	err := im.store.Update(ctx, func(tx *storage.Tx) error {
		// The store may have changed since the plan was made.
		now, err := im.makePlan(ctx, tx, inputs, im.opts.CreateBuilds)
		if err != nil {
			return err
		}
		if err := im.replan(ctx, now); err != nil {
			return err
		}
		if result, err = record(ctx, tx, im.actor, now); err != nil {
			return err
		}
		// Last, so that files are visible without rows for no longer than the
		// commit takes.
		for _, b := range now.builds {
			if err := im.stages[b.place.volume].Publish(b.place.dir); err != nil {
				return err
			}
		}
		done = true
		return nil
	})
	if err != nil && done {
		// It was the commit that failed, or only the news of it.
		recorded, e := im.recorded(ctx, result)
		if e != nil {
			return nil, errors.Join(fmt.Errorf("import: whether it took place is for Recover to find out: %w", err), e, im.abandon())
		}
		if recorded {
			err = nil
		}
	}
	if err != nil {
		return nil, errors.Join(err, im.withdraw())
	}
	result.Unfinished = im.finish(ctx)
	return result, nil
}

// replan moves staged files to where a newer plan wants them.
func (im *importer) replan(ctx context.Context, now *plan) error {
	before := make(map[*input]*copyPlan)
	for _, b := range im.plan.builds {
		for _, r := range b.rpms {
			for i := range r.copies {
				before[r.copies[i].input] = &r.copies[i]
			}
		}
	}
	moved := false
	for _, b := range now.builds {
		s := im.stages[b.place.volume]
		if s == nil {
			return koji.Errorf(koji.ErrConflict, koji.FaultGeneric, "build %s went to another volume meanwhile", b.nvr)
		}
		for _, r := range b.rpms {
			for _, c := range r.copies {
				if old := before[c.input].path; old != c.path {
					moved = true
					if err := s.Rename(old, c.path); err != nil {
						return err
					}
				}
			}
		}
	}
	im.plan = now
	if moved {
		return im.settleStages(ctx)
	}
	return nil
}

// recorded looks for the first thing an import added.
func (im *importer) recorded(ctx context.Context, result *Import) (bool, error) {
	if len(result.Signatures) == 0 {
		return true, nil
	}
	want := result.Signatures[0]
	found := false
	err := im.store.View(context.WithoutCancel(ctx), func(tx *storage.Tx) error {
		s, err := tx.RPMSignatures().Get(ctx, storage.RPMSignatureFilter{RPM: storage.Is(want.RPM), SigKey: storage.Is(want.SigKey)})
		if errors.Is(err, koji.ErrNotFound) {
			return nil
		}
		found = s == want
		return err
	})
	return found, err
}

// withdraw undoes what is visible and drops what is staged. Where it cannot, it
// leaves the stage to Recover.
func (im *importer) withdraw() error {
	var errs []error
	for _, s := range im.stages {
		if err := s.Withdraw(); err != nil {
			errs = append(errs, err, s.Close())
			continue
		}
		errs = append(errs, s.Discard())
	}
	return errors.Join(errs...)
}

// abandon leaves the stages to Recover.
func (im *importer) abandon() error {
	var errs []error
	for _, s := range im.stages {
		errs = append(errs, s.Close())
	}
	return errors.Join(errs...)
}

// finish makes what was published durable, turns uploads into links, and drops the
// stages. It has to be done, whatever becomes of the context.
func (im *importer) finish(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx)
	var errs []error
	for volume, s := range im.stages {
		err := s.Confirm(ctx)
		if err == nil && im.opts.Uploaded {
			err = im.linkUploads(volume)
		}
		if err != nil {
			errs = append(errs, err, s.Close())
			continue
		}
		errs = append(errs, s.Discard())
	}
	return errors.Join(errs...)
}

func (im *importer) linkUploads(volume string) error {
	for _, b := range im.plan.builds {
		if b.place.volume != volume {
			continue
		}
		for _, r := range b.rpms {
			for _, c := range r.copies {
				if err := im.linkUpload(c.file, path.Join(volume, c.path)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
