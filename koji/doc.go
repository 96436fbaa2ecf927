// Package koji is the vocabulary of the Koji build system: names and versions
// ([NVR], [NVRA], [CompareEVR], [NextRelease]), architectures ([CanonArch],
// [ArchList]), shell patterns ([Glob]), the rules for names ([CheckName]), Maven
// coordinates ([ParsePOM]), typed ids and event ids, the state enumerations with
// their wire numbers and names, errors that carry Koji's fault codes, and the
// layout of a Koji topdir ([PathInfo]).
//
// It imports nothing beyond the standard library and holds no state. Every
// other package of kojikit speaks in these terms, and so may a program that
// uses none of them.
//
//	nvr, err := koji.ParseNVR("bash-5.2.26-3.fc40")
//	if err != nil {
//		return err // errors.Is(err, koji.ErrInvalid), fault code 1000
//	}
//	dir, err := koji.PathInfo{Topdir: "/mnt/koji"}.Build(nvr, koji.DefaultVolume)
//
// Functions answer as Koji 1.35 does wherever that can be observed, odd answers
// included, unless their comment says otherwise.
package koji
