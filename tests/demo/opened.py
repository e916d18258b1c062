"""Prints the rules and entries that carry the demo's claim, in the words of plan.txt and sorted.

Reads what `aws ec2 describe-security-group-rules` and `describe-network-acls` print, from the two files that are named.
"""
import json
import sys

CLAIM, ENTRY_CLAIM = "dms-network.dev/claim.demo", "dms-network.dev/acl."


def read(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def tags(resource):
    return {tag["Key"]: tag["Value"] for tag in resource.get("Tags", [])}


def words(is_egress):
    return ("Egress", "to") if is_egress else ("Ingress", "from")


def ports(first, last):
    return f"tcp {first}" if first == last else f"tcp {first}-{last}"


def rules(document):
    for rule in document["SecurityGroupRules"]:
        if CLAIM in tags(rule):
            direction, way = words(rule["IsEgress"])
            peer = rule.get("CidrIpv4") or rule["ReferencedGroupInfo"]["GroupId"]
            endpoint = rule["Description"].split()[-1]
            traffic = ports(rule["FromPort"], rule["ToPort"])
            yield f"SecurityGroupRule {rule['GroupId']}: {direction} {traffic} {way} {peer}, for {endpoint}"


def entries(document):
    for acl in document["NetworkAcls"]:
        claims = {key.rsplit(".", 1)[0] for key in tags(acl) if key.startswith(ENTRY_CLAIM)}
        for entry in acl["Entries"]:
            direction, way = words(entry["Egress"])
            number = entry["RuleNumber"]
            if f"{ENTRY_CLAIM}{direction.lower()}.{number}" in claims:
                traffic = ports(entry["PortRange"]["From"], entry["PortRange"]["To"])
                acl_id, block = acl["NetworkAclId"], entry["CidrBlock"]
                yield f"NetworkACLEntry {acl_id}: {direction} {number} {traffic} {way} {block}"


print("\n".join(sorted([*rules(read(sys.argv[1])), *entries(read(sys.argv[2]))])))
