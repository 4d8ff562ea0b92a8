#!/bin/sh
# on_hosts.sh HOSTS RANKS COMMAND...: runs a command with mpirun on so many hosts that share a wire and a disk only:
# network namespaces of this machine, each with an address, a host name and a loopback device of its own. Ranks go
# round the hosts. Leaves with 77, saying why, where namespaces cannot be made: that needs root and iproute2.
# mpirun calls this script again as it would call ssh, with a host's address and what to run there.
set -eu

case ${1:-} in
10.77.*)
    host=${1##*.}
    shift
    exec ip netns exec "$TANDEM_HOSTS-$host" unshare --uts sh -c "hostname host-$host; $*"
    ;;
esac

hosts=$1
ranks=$2
shift 2
TANDEM_HOSTS=tandem-$$
export TANDEM_HOSTS
bridge=tdm$$

clean_up() {
    for host in $(seq 1 "$hosts"); do ip netns del "$TANDEM_HOSTS-$host" 2>/dev/null || true; done
    ip link del "$bridge" 2>/dev/null || true
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

command -v ip >/dev/null || { echo "no ip command: Debian's iproute2 has it"; exit 77; }
[ "$(id -u)" -eq 0 ] || { echo "network namespaces need root"; exit 77; }

# A host: a namespace on the bridge, in which programs can be run under a name of its own.
make_host() {
    name=$TANDEM_HOSTS-$1
    ip netns add "$name" &&
        ip link add "$bridge-$1" type veth peer name eth0 netns "$name" &&
        ip link set "$bridge-$1" master "$bridge" up &&
        ip -n "$name" link set lo up &&
        ip -n "$name" address add "10.77.0.$1/24" dev eth0 &&
        ip -n "$name" link set eth0 up &&
        ip netns exec "$name" unshare --uts true
}

ip link add "$bridge" type bridge && ip link set "$bridge" up || { echo "no right to make a bridge"; exit 77; }
addresses=
for host in $(seq 1 "$hosts"); do
    make_host "$host" || { echo "no right to make network namespaces"; exit 77; }
    addresses=$addresses${addresses:+,}10.77.0.$host
done
ip netns exec "$TANDEM_HOSTS-1" unshare --uts sh -c 'hostname host-1; exec "$@"' sh \
    mpirun --allow-run-as-root --oversubscribe --enable-recovery --map-by node \
    --mca plm_rsh_agent "$(realpath "$0")" --host "$addresses" -n "$ranks" "$@"
