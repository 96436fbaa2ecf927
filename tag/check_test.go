package tag_test

import (
	"database/sql"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/tag"
)

func TestCheck(t *testing.T) {
	w := newWorld(t)
	w.link("t", "par", 0)
	w.link("par", "far", 0)
	w.link("par", "par", 1)
	w.link("far", "t", 0)
	check := func(name string) (texts []string) {
		w.update(func(_ *storage.Tx, e *tag.Editor) error {
			list, err := e.Check(w.ctx, w.tags[name])
			for _, x := range list {
				texts = append(texts, x.Text)
			}
			return err
		})
		return texts
	}
	require.Equal(t, []string{"link from far to t closes a loop", "link from par to par closes a loop", "tag far inherits from it"}, check("t"))
	w.tag("odd")
	w.update(func(tx *storage.Tx, e *tag.Editor) error {
		err := tx.Inheritances().Insert(w.ctx, &storage.Inheritance{Tag: w.tags["odd"], Parent: w.tags["par"], PkgFilter: storage.Null("(")})
		require.NoError(t, err)
		return e.Edit(w.ctx, w.tags["odd"], tag.Changes{Arches: &sql.Null[string]{V: "x86_64 aarch64 amd64 i686 x86-64 noarch", Valid: true}})
	})
	list := check("odd")
	require.Equal(t, `tag odd: architecture "x86-64" is not known`, list[0])
	require.Contains(t, list[len(list)-1], "filter of the link from odd to par: ")
	require.Contains(t, check("par"), "tag odd inherits from it")
	w.update(func(_ *storage.Tx, e *tag.Editor) error {
		_, err := e.CreateTarget(w.ctx, "target", w.tags["far"], w.tags["far"])
		return err
	})
	list = check("far")
	require.Equal(t, []string{"tag par inherits from it", "build target target builds with it", "build target target builds for it"}, list[len(list)-3:])
	err := w.do(func(e *tag.Editor) error { _, err := e.Check(w.ctx, 999); return err })
	generic(t, err, koji.ErrNotFound)
}
