package rpmmd_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/repo/rpmmd"
)

func located(name, href, base string) *rpmmd.Package {
	return &rpmmd.Package{
		Name: name, Epoch: "0", Version: "1", Release: "2", Arch: "noarch", SourceRPM: name + ".src.rpm", Summary: "not part of a summary",
		Checksum: rpmmd.Checksum{Type: rpmmd.SHA256, Value: name + href + base}, Location: rpmmd.Location{Href: href, Base: base},
	}
}

func TestPackagesAreOrderedByName(t *testing.T) {
	w := rpmmd.NewWriter(rpmmd.Options{Order: rpmmd.ByName})
	for _, p := range []*rpmmd.Package{
		located("b", "a.rpm", ""), located("a", "z/b.rpm", "http://two"), located("a", "a/c.rpm", ""), located("a", "z/b.rpm", ""), located("a", "z/b.rpm", "http://one"),
	} {
		require.NoError(t, w.Add(p))
	}
	m := &memory{}
	_, err := w.Write(t.Context(), m)
	require.NoError(t, err)
	repo, err := rpmmd.Open(m.fs, rpmmd.Limits{})
	require.NoError(t, err)
	packages, err := collect(repo.Packages(t.Context()))
	require.NoError(t, err)
	var got []rpmmd.Location
	for _, p := range packages {
		got = append(got, p.Location)
	}
	require.Equal(t, []rpmmd.Location{{Href: "a/c.rpm"}, {Href: "z/b.rpm"}, {Href: "z/b.rpm", Base: "http://one"}, {Href: "z/b.rpm", Base: "http://two"}, {Href: "a.rpm"}}, got)

	_, err = rpmmd.NewWriter(rpmmd.Options{}).WriteOrdered(t.Context(), &memory{}, len(packages), func(yield func(*rpmmd.Package, error) bool) {
		for _, p := range packages {
			if !yield(p, nil) {
				return
			}
		}
	})
	require.ErrorIs(t, err, koji.ErrInvalid)
}

func TestSummariesSayWhatPackagesAreCalled(t *testing.T) {
	w := rpmmd.NewWriter(rpmmd.Options{})
	p := located("a", "a.rpm", "http://base")
	p.Provides = []rpmmd.Dependency{{Name: "x"}}
	require.NoError(t, w.Add(p))
	m := &memory{}
	_, err := w.Write(t.Context(), m)
	require.NoError(t, err)
	repo, err := rpmmd.Open(m.fs, rpmmd.Limits{})
	require.NoError(t, err)
	summaries, err := collect(repo.Summaries(t.Context()))
	require.NoError(t, err)
	p.Summary, p.Provides = "", nil
	require.Equal(t, []*rpmmd.Package{p}, summaries)

	_, err = collect((&rpmmd.Repository{Repomd: &rpmmd.Repomd{}}).Summaries(t.Context()))
	require.ErrorIs(t, err, koji.ErrNotFound)
}
