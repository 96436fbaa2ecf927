package koji_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/kojikit/kojikit/koji"
)

func TestParseNVRAndNVRAAgreeWithTheTableOfTheSpecification(t *testing.T) {
	nvr := func(epoch, name, version, release string) koji.NVR {
		return koji.NVR{Epoch: epoch, Name: name, Version: version, Release: release}
	}
	tests := []struct {
		in       string
		nvr      koji.NVR
		nvrError bool
		rpm      koji.NVRA
		rpmError bool
	}{
		{in: "foo-1-2", nvr: nvr("", "foo", "1", "2"), rpmError: true},
		{in: "12:foo-1-2.src", nvr: nvr("12", "foo", "1", "2.src"),
			rpm: koji.NVRA{NVR: nvr("12", "foo", "1", "2"), Arch: "src"}},
		{in: "a:b:foo-1-2", nvr: nvr("a", "b:foo", "1", "2"), rpmError: true},
		{in: "-1-2", nvr: nvr("", "", "1", "2"), rpmError: true},
		{in: "foo--1", nvrError: true, rpmError: true},
		{in: "foo-1-", nvrError: true, rpmError: true},
		{in: "foo-1", nvrError: true, rpmError: true},
		{in: "", nvrError: true, rpmError: true},
		{in: "foo-1-2:3", nvr: nvr("", "foo", "1", "2:3"), rpmError: true},
		{in: "foo-1-2.x86_64.rpm@a@b", nvr: nvr("", "foo", "1", "2.x86_64.rpm@a@b"),
			rpm: koji.NVRA{NVR: nvr("", "foo", "1", "2"), Arch: "x86_64", Location: "a@b"}},
		{in: "foo-1-2.src@", nvr: nvr("", "foo", "1", "2.src@"),
			rpm: koji.NVRA{NVR: nvr("", "foo", "1", "2"), Arch: "src"}},
		{in: "foo-1-2@repo.x", nvr: nvr("", "foo", "1", "2@repo.x"), rpmError: true},
		{in: "foo-1-2..x", nvr: nvr("", "foo", "1", "2..x"),
			rpm: koji.NVRA{NVR: nvr("", "foo", "1", "2."), Arch: "x"}},
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			v, err := koji.ParseNVR(tt.in)
			if tt.nvrError {
				requireFault(t, err, koji.ErrInvalid, koji.FaultGeneric)
			} else {
				require.NoError(t, err)
				require.Equal(t, tt.nvr, v)
			}
			a, err := koji.ParseNVRA(tt.in)
			if tt.rpmError {
				requireFault(t, err, koji.ErrInvalid, koji.FaultGeneric)
			} else {
				require.NoError(t, err)
				require.Equal(t, tt.rpm, a)
			}
		})
	}
}

func requireFault(t testing.TB, err, kind error, code koji.FaultCode) {
	t.Helper()
	require.ErrorIs(t, err, kind)
	require.Equal(t, code, koji.FaultCodeOf(err), "code of %v", err)
}

func TestParseNamesTheWholeInputInItsError(t *testing.T) {
	_, err := koji.ParseNVRA("foo-1.src.rpm@repo")
	require.EqualError(t, err, `invalid format: "foo-1.src.rpm@repo"`)
}

func TestOnlySrcIsASourcePackage(t *testing.T) {
	for arch, want := range map[string]bool{"src": true, "nosrc": false, "noarch": false, "SRC": false} {
		require.Equal(t, want, koji.NVRA{Arch: arch}.IsSource(), arch)
	}
}

func TestStringsOfNVRAndNVRALeaveEpochAndLocationOut(t *testing.T) {
	a, err := koji.ParseNVRA("3:gcc-c++-14.1-2.fc40.x86_64.rpm@mirror")
	require.NoError(t, err)
	require.Equal(t, "gcc-c++-14.1-2.fc40", a.NVR.String())
	require.Equal(t, "gcc-c++-14.1-2.fc40.x86_64", a.String())
	require.Equal(t, "gcc-c++-14.1-2.fc40.x86_64.rpm", a.Filename())
	require.Equal(t, "3:gcc-c++-14.1-2.fc40", a.Label())
}

func TestCheckLooksAtHyphensAndDotsAlone(t *testing.T) {
	tests := []struct {
		name string
		rpm  koji.NVRA
		nvr  bool // passes as an NVR
		nvra bool
	}{
		{"plain", koji.NVRA{NVR: koji.NVR{Name: "a-b", Version: "1", Release: "1.fc40"}, Arch: "src"}, true, true},
		{"empty and unsafe parts", koji.NVRA{NVR: koji.NVR{Version: "../..", Release: "a/b\x00"}}, true, true},
		{"hyphen in version", koji.NVRA{NVR: koji.NVR{Name: "a", Version: "1-0", Release: "1"}, Arch: "src"}, false, false},
		{"hyphen in release", koji.NVRA{NVR: koji.NVR{Name: "a", Version: "1", Release: "-"}, Arch: "src"}, false, false},
		{"dot in arch", koji.NVRA{NVR: koji.NVR{Name: "a", Version: "1", Release: "1"}, Arch: "a.b"}, true, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			requireCheck(t, tt.rpm.NVR.Check(), tt.nvr)
			requireCheck(t, tt.rpm.Check(), tt.nvra)
		})
	}
}

func requireCheck(t *testing.T, err error, passes bool) {
	t.Helper()
	if passes {
		require.NoError(t, err)
		return
	}
	requireFault(t, err, koji.ErrInvalid, koji.FaultGeneric)
}

func TestValidateRefusesWhatCannotBeADirectory(t *testing.T) {
	good := koji.NVRA{NVR: koji.NVR{Name: "bash", Version: "5.2", Release: "1.fc40"}, Arch: "x86_64"}
	require.NoError(t, good.NVR.Validate())
	require.NoError(t, good.Validate())

	for _, bad := range []string{"", ".", "..", "a/b", "/", "../x", "a\x00b", "a\nb", "a\x7f", "a\u0085b", "\xff"} {
		for _, part := range []string{"version", "release"} {
			v := good
			if part == "version" {
				v.Version = bad
			} else {
				v.Release = bad
			}
			requireFault(t, v.NVR.Validate(), koji.ErrUnsafePath, koji.FaultGeneric)
			requireFault(t, v.Validate(), koji.ErrUnsafePath, koji.FaultGeneric)
			require.ErrorContains(t, v.Validate(), part)
		}
		v := good
		v.Arch = bad
		require.NoError(t, v.NVR.Validate())
		requireFault(t, v.Validate(), koji.ErrUnsafePath, koji.FaultGeneric)
	}
	for _, part := range []koji.NVRA{
		{NVR: koji.NVR{Name: "a", Version: "1-0", Release: "1"}, Arch: "src"},
		{NVR: koji.NVR{Name: "a", Version: "1", Release: "1-0"}, Arch: "src"},
	} {
		requireFault(t, part.NVR.Validate(), koji.ErrInvalid, koji.FaultGeneric)
		requireFault(t, part.Validate(), koji.ErrInvalid, koji.FaultGeneric)
	}
	dotted := good
	dotted.Arch = "x.y"
	requireFault(t, dotted.Validate(), koji.ErrInvalid, koji.FaultGeneric)
}

func TestOnlyDraftsCarryTheMarkOfADraft(t *testing.T) {
	for release, regular := range map[string]bool{
		"1.fc40": true, "1,draft": true, "1,draft_5": false, "1,draft_x": false, ",draft_": false,
	} {
		v := koji.NVR{Name: "a", Version: "1", Release: release}
		require.NoError(t, v.Validate())
		requireCheck(t, v.ValidateRegular(), regular)
	}
	requireFault(t, koji.NVR{Name: "a", Version: "..", Release: "1"}.ValidateRegular(), koji.ErrUnsafePath, koji.FaultGeneric)
}

// Koji's rule for package names allows slashes; an rpm's name becomes a file name.
func TestValidateAllowsSlashesInPackageNamesOnly(t *testing.T) {
	v := koji.NVRA{NVR: koji.NVR{Name: "group/artifact", Version: "1", Release: "1"}, Arch: "src"}
	require.NoError(t, v.NVR.Validate())
	requireFault(t, v.Validate(), koji.ErrUnsafePath, koji.FaultGeneric)

	for _, name := range []string{"", "..", "../x", "a/../b", "a//b", "/a", "a/", "./a", "a\x00"} {
		v.Name = name
		requireFault(t, v.NVR.Validate(), koji.ErrUnsafePath, koji.FaultGeneric)
	}
}

func TestWrittenNVRAsAreReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := koji.NVRA{
			NVR: koji.NVR{
				Name:    rapid.StringMatching(`[a-zA-Z0-9_.+-]+`).Draw(t, "name"),
				Version: rapid.StringMatching(`[a-z0-9.~^+]+`).Draw(t, "version"),
				Release: rapid.StringMatching(`[a-z0-9.~^+_]+`).Draw(t, "release"),
				Epoch:   rapid.StringMatching(`[0-9]*`).Draw(t, "epoch"),
			},
			Arch: rapid.StringMatching(`[a-z0-9_]+`).Filter(func(s string) bool { return s != "rpm" }).Draw(t, "arch"),
		}
		v, err := koji.ParseNVR(a.Label())
		require.NoError(t, err)
		require.Equal(t, a.NVR, v)
		for _, suffix := range []string{"", ".rpm"} {
			got, err := koji.ParseNVRA(a.Label() + "." + a.Arch + suffix)
			require.NoError(t, err)
			require.Equal(t, a, got)
		}
	})
}

func TestDebuginfoIsToldByName(t *testing.T) {
	for name, want := range map[string]bool{
		"bash-debuginfo": true, "bash-debugsource": true, "kernel-debuginfo-common-x86_64": true,
		"bash": false, "debuginfo": false, "bash-debugsource-x": false, "bash-debuginfox": false,
	} {
		require.Equal(t, want, koji.IsDebuginfo(name), name)
	}
	require.False(t, koji.IsDebuginfo(strings.ToUpper("bash-debuginfo")))
}
