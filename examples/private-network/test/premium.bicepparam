// Storage, vault and a Premium namespace in one network.
using '../main.bicep'

param location = 'northeurope'
param virtualNetworkId = '/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/network/providers/Microsoft.Network/virtualNetworks/hub'
param endpointSubnetId = '/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/network/providers/Microsoft.Network/virtualNetworks/hub/subnets/endpoints'
param breakwaterResourceGroup = 'rg-private'
param hostStorageName = 'stxhost'
param archiveStorageName = 'stxarchive'
param keyVaultName = 'kv-x'
param serviceBusName = 'sb-x'
