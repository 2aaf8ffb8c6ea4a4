"""A program: a Ray cluster of two nodes on this machine, which can lose one.

Says the cluster's address. Each line of its input is the id of a process on the node to lose. The
end of its input is the cluster's.
"""

import sys

import psutil
from ray.cluster_utils import Cluster


def main() -> None:
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
    try:
        nodes = [cluster.add_node(num_cpus=2) for _ in range(2)]
        print(cluster.address, flush=True)
        for line in sys.stdin:
            above = {parent.pid for parent in psutil.Process(int(line)).parents()}
            (lost,) = (n for n in nodes if n.all_processes["raylet"][0].process.pid in above)
            cluster.remove_node(lost, allow_graceful=False)
            print("lost", flush=True)
    finally:
        cluster.shutdown()


if __name__ == "__main__":
    main()
