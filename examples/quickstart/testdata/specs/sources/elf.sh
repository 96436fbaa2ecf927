# sh elf.sh CPU TYPE FILE writes an executable file that begins like an ELF
# object of the CPU's word size: enough for rpm to give it the file color that
# decides which of two multilib packages may own a path. TYPE is 2 for a
# program, 3 for a shared object.
set -e
mkdir -p "$(dirname "$3")"
case $1 in
x86_64) printf '\177ELF\2\1\1\0\0\0\0\0\0\0\0\0'"\\$2"'\0\76\0\1\0\0\0' ;;
*) printf '\177ELF\1\1\1\0\0\0\0\0\0\0\0\0'"\\$2"'\0\3\0\1\0\0\0' ;;
esac > "$3"
head -c 40 /dev/zero >> "$3"
echo "$1" >> "$3"
chmod 755 "$3"
