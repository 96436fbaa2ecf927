package koji_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/kojikit/kojikit/koji"
)

func Example() {
	nvr, err := koji.ParseNVR("bash-5.2.26-3.fc40")
	if err != nil {
		fmt.Println(err)
		return
	}
	dir, err := koji.PathInfo{Topdir: "/mnt/koji"}.Build(nvr, koji.DefaultVolume)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(nvr.Name, nvr.Version, nvr.Release)
	fmt.Println(dir)
	// Output:
	// bash 5.2.26 3.fc40
	// /mnt/koji/packages/bash/5.2.26/3.fc40
}

func ExampleParseNVR() {
	nvr, _ := koji.ParseNVR("2:java-1.8.0-openjdk-1.8.0.402-1")
	fmt.Println(nvr)
	fmt.Println(nvr.Label())

	_, err := koji.ParseNVR("bash-5.2")
	fmt.Println(err)
	fmt.Println(errors.Is(err, koji.ErrInvalid), koji.FaultCodeOf(err))
	// Output:
	// java-1.8.0-openjdk-1.8.0.402-1
	// 2:java-1.8.0-openjdk-1.8.0.402-1
	// invalid format: "bash-5.2"
	// true 1000
}

func ExampleParseNVRA() {
	a, _ := koji.ParseNVRA("bash-5.2.26-3.fc40.x86_64.rpm@mirror")
	fmt.Println(a.Arch, a.Location, a.IsSource())
	fmt.Println(a.Filename())
	// Output:
	// x86_64 mirror false
	// bash-5.2.26-3.fc40.x86_64.rpm
}

func ExampleNVR_Validate() {
	// Koji lets this build be made; its directory would be a stranger's.
	nvr := koji.NVR{Name: "bash", Version: "../../scratch", Release: "1"}
	fmt.Println(nvr.Check())
	fmt.Println(nvr.Validate())
	// Output:
	// <nil>
	// unsafe path: version "../../scratch" contains a slash
}

func ExampleCompareVersion() {
	versions := []string{"1.0.1", "1.0", "1.0^git1", "1.0~rc1", "1.0~rc2"}
	slices.SortFunc(versions, koji.CompareVersion)
	fmt.Println(strings.Join(versions, " < "))
	// Output: 1.0~rc1 < 1.0~rc2 < 1.0 < 1.0^git1 < 1.0.1
}

func ExampleCompareEVR() {
	old, _ := koji.ParseNVR("foo-2.0-1")
	renumbered, _ := koji.ParseNVR("1:foo-1.0-1")
	fmt.Println(koji.CompareEVR(old.EVR(), renumbered.EVR()))
	// Output: -1
}

func ExampleNextRelease() {
	next, _ := koji.NextRelease([]koji.BuildRelease{
		{ID: 10, Release: "2.fc40", State: koji.BuildComplete},
		{ID: 11, Release: "3.fc40", State: koji.BuildFailed},
		{ID: 12, Release: "9.fc40,draft_12", State: koji.BuildComplete, Draft: true},
	}, 1)
	fmt.Println(next)
	// Output: 3.fc40
}

func ExampleDraftRelease() {
	release := koji.DraftRelease("3.fc40", 28)
	target, _ := koji.TargetRelease(release)
	id, _ := koji.DraftID(release)
	fmt.Println(release, target, id)
	// Output: 3.fc40,draft_28 3.fc40 28
}

func ExampleArchList() {
	fmt.Println(koji.ArchList("x86_64"))
	fmt.Println(koji.CanonArch("i686"), koji.BaseArch("amd64"))
	fmt.Println(koji.BestArchFromList([]string{"noarch", "i386", "i686"}, "x86_64"))
	// Output:
	// [x86_64 athlon i686 i586 i486 i386 noarch]
	// i386 x86_64
	// i686 true
}

func ExampleParseArches() {
	list, _ := koji.ParseArches("x86_64, aarch64", koji.ArchesOptions{})
	fmt.Println(len(list), list)

	_, err := koji.ParseArches("x86_64, aarch64", koji.ArchesOptions{Strict: true})
	fmt.Println(err)
	// Output:
	// 2 [x86_64 aarch64]
	// architecture "x86_64,": ',' is not allowed
}

func ExampleGlobs() {
	trusted := koji.ParseGlobs("*-build f4[0-9]")
	for _, tag := range []string{"f40", "f40-build", "f4x"} {
		fmt.Println(tag, trusted.Match(tag))
	}
	// Output:
	// f40 true
	// f40-build true
	// f4x false
}

func ExamplePathInfo() {
	p := koji.PathInfo{Topdir: "/mnt/koji"}
	a, _ := koji.ParseNVRA("bash-5.2.26-3.fc40.x86_64")

	fmt.Println(p.Build(a.NVR, "archive"))
	fmt.Println(p.Signed(a, "15ac4e7d"))
	fmt.Println(p.Repo("f40-build", 4711))
	fmt.Println(p.Task(20005, koji.DefaultVolume))

	_, err := p.Repo("../../etc", 1)
	fmt.Println(errors.Is(err, koji.ErrUnsafePath))
	// Output:
	// /mnt/koji/vol/archive/packages/bash/5.2.26/3.fc40 <nil>
	// data/signed/15ac4e7d/x86_64/bash-5.2.26-3.fc40.x86_64.rpm <nil>
	// /mnt/koji/repos/f40-build/4711 <nil>
	// /mnt/koji/work/tasks/5/20005 <nil>
	// true
}

func ExampleJoinPath() {
	fmt.Println(koji.JoinPath("/mnt/koji/work", "cli-build/17", "bash.src.rpm"))
	_, err := koji.JoinPath("/mnt/koji/work", "../packages")
	fmt.Println(err)
	// Output:
	// /mnt/koji/work/cli-build/17/bash.src.rpm <nil>
	// unsafe path: segment "../packages" climbs out of its root
}

func ExampleNameRule() {
	rule, _ := koji.NewNameRule(`^[a-z0-9-]+$`, 16)
	fmt.Println(rule.Check("tag", "f40-build"))
	fmt.Println(rule.Check("tag", "F40"))
	// Output:
	// <nil>
	// tag name "F40" does not match ^[a-z0-9-]+$
}

func ExampleParsePOM() {
	m, err := koji.ParsePOM(strings.NewReader(`
		<project>
			<parent><groupId>org.example</groupId><version>2.1-rc1</version></parent>
			<artifactId>core</artifactId>
		</project>`))
	fmt.Println(m, err)
	fmt.Println(m.NVR().Name, m.NVR().Version)
	// Output:
	// org.example-core-2.1-rc1 <nil>
	// org.example-core 2.1_rc1
}
