#!/usr/bin/env python3
"""Writes src/wire/shapes.txt: how the members of EC2's answers are called in JSON (the AWS CLI) and in XML.

Run it with a Python that has botocore, after adding an action to ACTIONS:
    python3 shapes.py > src/wire/shapes.txt
"""
import botocore.loaders

ACTIONS = """
AcceptVpcPeeringConnection AllocateAddress AssociateAddress AssociateRouteTable AssociateVpcCidrBlock AttachVpnGateway
AuthorizeSecurityGroupEgress AuthorizeSecurityGroupIngress CreateDefaultVpc CreateEgressOnlyInternetGateway
CreateInternetGateway CreateNatGateway CreateNetworkAcl CreateNetworkInterface CreateRoute CreateRouteTable
CreateSecurityGroup CreateSubnet CreateTransitGateway CreateTransitGatewayRoute CreateTransitGatewayVpcAttachment
CreateVpc CreateVpcPeeringConnection CreateVpnGateway DeleteNatGateway DeleteSecurityGroup DeleteVpcPeeringConnection
DescribeAddresses DescribeAvailabilityZones DescribeEgressOnlyInternetGateways DescribeInstances
DescribeInternetGateways DescribeManagedPrefixLists DescribeNatGateways DescribeNetworkAcls DescribeNetworkInterfaces
DescribePrefixLists DescribeRouteTables DescribeSecurityGroupRules DescribeSecurityGroups DescribeSubnets DescribeTags
DescribeTransitGatewayAttachments DescribeTransitGatewayPeeringAttachments DescribeTransitGatewayRouteTables
DescribeTransitGatewayVpcAttachments DescribeTransitGateways DescribeVpcBlockPublicAccessExclusions
DescribeVpcBlockPublicAccessOptions DescribeVpcEndpoints DescribeVpcPeeringConnections DescribeVpcs
DescribeVpnConnections DescribeVpnGateways GetManagedPrefixListEntries ReplaceNetworkAclAssociation
RevokeSecurityGroupEgress RevokeSecurityGroupIngress SearchTransitGatewayRoutes
""".split()

model = botocore.loaders.Loader().load_service_model("ec2", "service-2", api_version="2016-11-15")
shapes, seen = model["shapes"], set()


def member(name, ref):
    shape = shapes[ref["shape"]]
    tag = ref.get("locationName", name)
    if shape["type"] == "structure":
        return f"{name}={tag}:{ref['shape']}"
    if shape["type"] == "list":
        assert shape["member"].get("locationName") == "item", ref
        item = shapes[shape["member"]["shape"]]
        return f"{name}={tag}[{shape['member']['shape'] if item['type'] == 'structure' else ''}]"
    return f"{name}={tag}"


def walk(name, title):
    if title in seen:
        return
    seen.add(title)
    members = shapes[name]["members"]
    print(title, *(member(key, ref) for key, ref in members.items()))
    for ref in members.values():
        shape = shapes[ref["shape"]]
        inner = shape["member"]["shape"] if shape["type"] == "list" else ref["shape"]
        if shapes[inner]["type"] == "structure":
            walk(inner, inner)


print("# The names of EC2's answers (API version 2016-11-15), written by shapes.py: SHAPE JSON=xml …")
print("# JSON=xml is a scalar, JSON=xml:SHAPE a structure, JSON=xml[SHAPE] a list, JSON=xml[] a list of scalars.")
for action in ACTIONS:
    walk(model["operations"][action]["output"]["shape"], action)
