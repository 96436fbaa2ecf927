module github.com/kojikit/kojikit

go 1.26

require (
	github.com/ProtonMail/go-crypto v1.5.2
	github.com/dlclark/regexp2 v1.12.0
	github.com/klauspost/compress v1.20.3
	github.com/sassoftware/go-rpmutils v0.4.0
	github.com/stretchr/testify v1.12.1
	github.com/tidwall/btree v1.8.2
	pgregory.net/rapid v1.3.0
)

require (
	github.com/DataDog/zstd v1.5.5 // indirect
	github.com/cloudflare/circl v1.6.3 // indirect
	github.com/ulikunitz/xz v0.5.12 // indirect
	github.com/xi2/xz v0.0.0-20171230120015-48954b6210f8 // indirect
	go.yaml.in/yaml/v3 v3.0.5 // indirect
	golang.org/x/crypto v0.41.0 // indirect
	golang.org/x/sys v0.35.0 // indirect
)
