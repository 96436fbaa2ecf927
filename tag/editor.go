package tag

import (
	"context"
	"errors"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// Editor changes tags within a transaction, at its event and in the name of its
// actor. It keeps Koji's rules about tags; who may change what is the matter of
// the Gate in its [Options]. With one, what fails for lack of permission or by
// policy is koji.ErrDenied with koji.FaultActionNotAllowed.
//
// Several changes of one Editor are one step of history: they share the
// transaction's event unless a method says otherwise. A method that fails has
// changed nothing, except for an event that may have been used up.
type Editor struct {
	tx       *storage.Tx
	reader   reader
	resolver *Resolver
	opts     Options
	held     map[string]bool // permissions of the actor, as far as asked for
	actor    koji.UserID     // whose they are
}

// NewEditor returns an Editor of a transaction. It belongs to the transaction's
// goroutine.
func NewEditor(tx *storage.Tx, opts Options) *Editor {
	return &Editor{tx: tx, reader: reader{tx}, resolver: NewResolver(TxSource(tx), opts), opts: opts}
}

// active returns a tag that exists now.
func (e *Editor) active(ctx context.Context, tag koji.TagID) (Info, error) {
	return existing(ctx, e.reader, tag, koji.Now)
}

// named returns a tag that has a name, deleted or not.
func (e *Editor) named(ctx context.Context, tag koji.TagID) (Info, error) {
	tags, err := e.reader.Tags(ctx, koji.Now, InfoQuery{IDs: []koji.TagID{tag}})
	if err == nil && len(tags) == 0 {
		err = koji.Errorf(koji.ErrNotFound, koji.FaultGeneric, "no such tag: %d", tag)
	}
	if err != nil {
		return Info{}, err
	}
	return tags[0], nil
}

// tagName returns the name of a tag, deleted or not.
func (e *Editor) tagName(ctx context.Context, tag koji.TagID) (string, error) {
	row, err := e.tx.Tags().Get(ctx, storage.TagFilter{ID: storage.Is(tag)})
	if errors.Is(err, koji.ErrNotFound) {
		return "", koji.Errorf(koji.ErrNotFound, koji.FaultGeneric, "no such tag: %d", tag)
	}
	return row.Name, err
}

// pkg returns a package by name.
func (e *Editor) pkg(ctx context.Context, name string) (storage.Package, error) {
	p, err := e.tx.Packages().Get(ctx, storage.PackageFilter{Name: storage.Is(name)})
	if errors.Is(err, koji.ErrNotFound) {
		return p, koji.Errorf(koji.ErrNotFound, koji.FaultGeneric, "no such package: %q", name)
	}
	return p, err
}

// build returns a build with its NVR.
func (e *Editor) build(ctx context.Context, id koji.BuildID) (storage.Build, koji.NVR, error) {
	b, err := e.tx.Builds().Get(ctx, storage.BuildFilter{ID: storage.Is(id)})
	if errors.Is(err, koji.ErrNotFound) {
		return b, koji.NVR{}, koji.Errorf(koji.ErrNotFound, koji.FaultGeneric, "no such build: %d", id)
	}
	if err != nil {
		return b, koji.NVR{}, err
	}
	p, err := e.tx.Packages().Get(ctx, storage.PackageFilter{ID: storage.Is(b.Package)})
	return b, koji.NVR{Name: p.Name, Version: b.Version, Release: b.Release}, err
}

// TagID returns the id of a tag by name, which is given to the name if it is new:
// the tag itself is not made thereby. That takes the permission tag.
func (e *Editor) TagID(ctx context.Context, name string) (koji.TagID, error) {
	row, err := e.tx.Tags().Get(ctx, storage.TagFilter{Name: storage.Is(name)})
	if !errors.Is(err, koji.ErrNotFound) {
		return row.ID, err
	}
	if err := e.Require(ctx, tagPermission); err != nil {
		return 0, err
	}
	if err := koji.CheckName("tag", name); err != nil {
		return 0, err
	}
	row.Name = name
	err = e.tx.Tags().Insert(ctx, &row)
	return row.ID, err
}

// PackageID returns the id of a package by name, which is made known if it is new.
// That takes the permission tag.
func (e *Editor) PackageID(ctx context.Context, name string) (koji.PackageID, error) {
	row, err := e.pkg(ctx, name)
	if !errors.Is(err, koji.ErrNotFound) {
		return row.ID, err
	}
	if err := e.Require(ctx, tagPermission); err != nil {
		return 0, err
	}
	if err := koji.CheckName("package", name); err != nil {
		return 0, err
	}
	row.Name = name
	err = e.tx.Packages().Insert(ctx, &row)
	return row.ID, err
}
